import { inject, injectable } from 'inversify';
import type { Installation } from '../../../api/porter/v1/installation.js';
import { INSTALLATIONS } from '../../../api/porter/v1/resources.js';
import { FINALIZER } from '../../../api/porter/v1/well-known.js';
import type { DeepReadonly, Stored } from '../../../runtime/client/index.js';
import { Client, SECRETS } from '../../../runtime/client/index.js';
import { Finalizers } from '../../../runtime/reconciler/index.js';
import { Rbac } from '../../../runtime/schema/index.js';
import { EventRecorder } from '../../../runtime/status/index.js';
import { valuesSecretName } from '../../agent-run/values-secret.js';
import { UndoRuns } from '../lifecycle/undo-runs.js';
import type { InstallationDecision } from './decision.js';
import { letGoEvent, orphanedEvent } from './sentences.js';

type Object = DeepReadonly<Stored<Installation>>;

/** The last things done for an Installation; the finalizer goes last, so that a crash before it repeats them. */
@injectable()
@Rbac({ groups: [''], resources: ['secrets'], verbs: ['delete'] })
export class InstallationEnding {
  constructor(
    @inject(Client) private readonly client: Client,
    @inject(Finalizers) private readonly finalizers: Finalizers,
    @inject(EventRecorder) private readonly events: EventRecorder,
    @inject(UndoRuns) private readonly undoRuns: UndoRuns,
  ) {}

  /** Leaves everything as it is, values that Porter made included: another Installation may take it over. */
  async orphan(object: Object, decision: InstallationDecision & { action: 'Orphan' }): Promise<void> {
    await this.undoRuns.remove(object, { leavesWork: true });
    this.events.record(object, orphanedEvent(object, decision));
    await this.finalizers.remove(INSTALLATIONS, object, FINALIZER);
  }

  /** Removes what only the undo needed, unless another Installation owns what this one named. */
  async letGo(object: Object, decision: InstallationDecision & { action: 'LetGo' }): Promise<void> {
    const { namespace } = object.metadata;
    const name = valuesSecretName(object.spec);
    const isOurs = decision.outcome !== 'NotOurs';
    await this.undoRuns.remove(object, { leavesWork: !isOurs });
    const event = letGoEvent(object, decision);
    if (event !== undefined) this.events.record(object, event);
    if (isOurs) await this.client.delete(SECRETS, { namespace, name });
    await this.finalizers.remove(INSTALLATIONS, object, FINALIZER);
  }
}
