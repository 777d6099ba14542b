import type { InstallationRecordStatus } from '../../../integrations/porter/state/index.js';

/** What is known of an installation: when it was last installed and uninstalled; nothing when there is no record. */
export type InstallationFacts = Pick<InstallationRecordStatus, 'installed' | 'uninstalled'> | undefined;

export type LifecycleAction = 'install' | 'upgrade' | 'uninstall';

/** What was asked for. */
export interface Wish {
  readonly uninstalled: boolean;
}

/** Whether the installation is as it is wished, and which action would make it so. */
export interface Decision {
  /** The action that parameters and credentials are resolved for, whether it is run or not. */
  readonly action: LifecycleAction;
  /** Why, in Porter's words; undefined when an in-sync test has yet to tell. */
  readonly because?: string;
  /** False: nothing is run. Undefined: it depends on what changed since the last run. */
  readonly runs?: boolean;
}

/**
 * Porter's own rules, traps included: an installation that was uninstalled is ignored for ever, and forcing the removal
 * of one that never was installs it. The operator avoids the traps; here they are kept, so that both agents do the same.
 */
export function decideApply(facts: InstallationFacts, wish: Wish): Decision {
  const action = actionFor(facts, wish);
  if (isUninstalled(facts)) {
    return { action, runs: false, because: 'Ignoring because the installation is uninstalled' };
  }
  if (wish.uninstalled) {
    return isInstalled(facts)
      ? { action, runs: true, because: 'Triggering because installation.uninstalled is true' }
      : { action, runs: false, because: NOT_THERE_YET };
  }
  if (!isInstalled(facts)) {
    return { action, runs: true, because: 'Triggering because the installation has not completed successfully yet' };
  }
  return { action };
}

const NOT_THERE_YET = "Ignoring because installation.uninstalled is true but the installation doesn't exist yet";

/** The newer of the two times counts. */
export function isInstalled(facts: InstallationFacts): boolean {
  const { installed = null, uninstalled = null } = facts ?? {};
  return installed !== null && (uninstalled === null || isAfter(installed, uninstalled));
}

export function isUninstalled(facts: InstallationFacts): boolean {
  const { installed = null, uninstalled = null } = facts ?? {};
  return uninstalled !== null && (installed === null || isAfter(uninstalled, installed));
}

function actionFor(facts: InstallationFacts, wish: Wish): LifecycleAction {
  if (!isInstalled(facts)) return 'install';
  return wish.uninstalled ? 'uninstall' : 'upgrade';
}

/** RFC 3339 times in UTC with fractions of any length. */
function isAfter(a: string, b: string): boolean {
  const [left, right] = [fractionPadded(a), fractionPadded(b)];
  return left > right;
}

function fractionPadded(time: string): string {
  const [seconds = '', fraction = ''] = time.replace(/Z$/, '').split('.');
  return `${seconds}.${fraction.padEnd(9, '0')}`;
}
