/**
 * What `installation apply` does, as a table: any agent that honours Porter's command line must do the same. Each row is
 * a history that anybody can bring about, one command, and what is seen of it from outside.
 */

/** How the record came to be what it is; each entry is one command on the bundle `hello`. */
export type Past =
  | 'install'
  | 'failed install'
  | 'failed upgrade'
  | 'uninstall'
  | 'failed uninstall'
  | 'reinstall by force'
  | 'invoke status';

/** What differs from the last document. */
export type Change = 'parameter' | 'secret parameter' | 'version' | 'credential sets';

export interface ConformanceCase {
  readonly past: readonly Past[];
  readonly uninstalled?: boolean;
  readonly force?: boolean;
  readonly change?: Change;
  /** The action that is run; none: nothing is. */
  readonly runs?: 'install' | 'upgrade' | 'uninstall';
  /** A line of the agent's log. */
  readonly says: string;
}

const UP_TO_DATE = 'The installation is already up-to-date.';
const IGNORED = 'Ignoring because the installation is uninstalled';
const NOT_SUCCEEDED = 'Triggering because the installation has not completed successfully yet';
const WISHED_AWAY = 'Triggering because installation.uninstalled is true';
const NEVER_THERE = "Ignoring because installation.uninstalled is true but the installation doesn't exist yet";
const PARAMETERS = 'Triggering because the parameters have changed';
const FORCED = 'The installation is up-to-date but will be re-applied because --force was specified';

/** All of them end with exit code 0 when what they run succeeds. */
export const CONFORMANCE: readonly ConformanceCase[] = [
  { past: [], runs: 'install', says: NOT_SUCCEEDED },
  { past: [], uninstalled: true, says: NEVER_THERE },
  // A trap: nobody who forces a removal wants an installation.
  { past: [], uninstalled: true, force: true, runs: 'install', says: FORCED },
  { past: ['failed install'], runs: 'install', says: NOT_SUCCEEDED },
  { past: ['failed install'], uninstalled: true, says: NEVER_THERE },
  { past: ['install'], says: UP_TO_DATE },
  { past: ['install'], force: true, runs: 'upgrade', says: FORCED },
  { past: ['install'], change: 'parameter', runs: 'upgrade', says: PARAMETERS },
  { past: ['install'], change: 'secret parameter', runs: 'upgrade', says: PARAMETERS },
  {
    past: ['install'],
    change: 'version',
    runs: 'upgrade',
    says: 'Triggering because the bundle definition has changed',
  },
  {
    past: ['install'],
    change: 'credential sets',
    runs: 'upgrade',
    says: 'Triggering because the credential set names have changed',
  },
  { past: ['install'], uninstalled: true, runs: 'uninstall', says: WISHED_AWAY },
  // A trap: the failure is masked, since the result of the last run is not looked at.
  { past: ['install', 'failed upgrade'], says: UP_TO_DATE },
  { past: ['install', 'failed upgrade'], force: true, runs: 'upgrade', says: FORCED },
  { past: ['install', 'failed upgrade'], change: 'parameter', runs: 'upgrade', says: PARAMETERS },
  { past: ['install', 'failed upgrade'], uninstalled: true, runs: 'uninstall', says: WISHED_AWAY },
  { past: ['install', 'failed uninstall'], uninstalled: true, runs: 'uninstall', says: WISHED_AWAY },
  // A trap: what was uninstalled is never installed again.
  { past: ['install', 'uninstall'], says: IGNORED },
  { past: ['install', 'uninstall'], change: 'parameter', says: IGNORED },
  { past: ['install', 'uninstall'], uninstalled: true, says: IGNORED },
  { past: ['install', 'uninstall'], force: true, runs: 'install', says: FORCED },
  // What was uninstalled and installed again is installed, though the record keeps both times.
  { past: ['install', 'uninstall', 'reinstall by force'], says: UP_TO_DATE },
  { past: ['install', 'uninstall', 'reinstall by force'], change: 'parameter', runs: 'upgrade', says: PARAMETERS },
  { past: ['install', 'uninstall', 'reinstall by force'], uninstalled: true, runs: 'uninstall', says: WISHED_AWAY },
  { past: ['install', 'uninstall', 'reinstall by force', 'uninstall'], says: IGNORED },
  { past: ['install', 'invoke status'], says: UP_TO_DATE },
];
