import { isInstalled, isUninstalled, type InstallationTimes } from '../../../integrations/porter/state/index.js';

/** What is known of an installation; nothing when there is no record. */
export type InstallationFacts = InstallationTimes | undefined;

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

function actionFor(facts: InstallationFacts, wish: Wish): LifecycleAction {
  if (!isInstalled(facts)) return 'install';
  return wish.uninstalled ? 'uninstall' : 'upgrade';
}
