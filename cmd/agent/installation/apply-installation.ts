import { PORTER_DEBUG, type InstallationDocument } from '../../../integrations/porter/index.js';
import type { InstallationRecord, PorterState } from '../../../integrations/porter/state/index.js';
import type { Clock } from '../../../runtime/clock/index.js';
import type { AgentLog } from '../agent-log.js';
import type { BundleSource } from '../bundle/bundle-source.js';
import { decideApply } from './decide.js';
import { differenceOf } from './difference.js';
import { recordOf } from './installation-records.js';
import type { InstallationRuns, OpenClaim, PreparedAction } from './installation-runs.js';

export interface ApplyInstallationDeps {
  readonly state: PorterState;
  readonly bundles: BundleSource;
  readonly runs: InstallationRuns;
  readonly clock: Clock;
  readonly log: AgentLog;
}

/** `installation apply`: brings an installation to what its document says, by Porter's rules. */
export class ApplyInstallation {
  constructor(private readonly deps: ApplyInstallationDeps) {}

  /** @throws AgentFailure when it cannot be brought there */
  async apply(document: InstallationDocument, force: boolean): Promise<void> {
    for (;;) {
      const begun = await this.deps.runs.resume(document);
      if (begun === 'done' || (await this.attempt(document, force, begun))) return;
      await this.deps.runs.yieldToOthers();
    }
  }

  /** False: another agent came first, and everything has to be looked at again. */
  private async attempt(document: InstallationDocument, force: boolean, claim?: OpenClaim): Promise<boolean> {
    const { state, bundles, runs, log } = this.deps;
    const afterRun = await runs.waitForOthers(document);
    const bundle = await bundles.fetch(document.bundle);
    const existing = await state.installation(document.namespace, document.name);
    const text = `${document.namespace}/${document.name}`;
    if (existing === undefined) log.info('Creating a new installation', { installation: text });
    else log.info(`Updating ${text} installation`);
    const installation = recordOf(document, existing, new Date(this.deps.clock.now()).toISOString());
    const decision = decideApply(existing?.status, { uninstalled: document.uninstalled === true });
    // Porter takes this one from its command line alone.
    const { [PORTER_DEBUG]: _, ...parameters } = document.parameters ?? {};
    const prepared = await runs.prepare({
      installation,
      action: claim?.action ?? decision.action,
      afterRun,
      bundle,
      parameters,
    });
    if (decision.because !== undefined) log.info(decision.because);
    const isNeeded = claim !== undefined || (decision.runs ?? (await this.isDifferent(existing, prepared)));
    if (!isNeeded && !force) {
      log.info('The installation is already up-to-date.');
      return true;
    }
    if (!isNeeded) log.info('The installation is up-to-date but will be re-applied because --force was specified');
    log.info(`The installation is out-of-sync, running the ${prepared.action} action...`);
    return runs.execute(prepared, claim?.ids);
  }

  private async isDifferent(existing: InstallationRecord | undefined, prepared: PreparedAction): Promise<boolean> {
    const { state, runs, log } = this.deps;
    const { namespace, name } = prepared.installation;
    const { definition } = prepared.bundle;
    const last = existing && (await state.lastRun(namespace, name));
    const difference = differenceOf(
      last && (await runs.factsOf(last, definition)),
      runs.nextFacts(prepared),
      definition,
    );
    if (difference !== undefined) log.info(difference.because, difference.facts);
    return difference !== undefined;
  }
}
