import type { OracleName } from './oracles.js';
import { RESTART_IN_THE_END } from './plans.js';

/** A product with one fault of its own, as a change of its compiled text; the battery must see it. */
export interface Mutant {
  readonly name: string;
  /** Under build/. */
  readonly file: string;
  /** Occurs exactly once in the file. */
  readonly text: string;
  readonly instead: string;
  /** Workloads, and plans of them, one of which must see it. */
  readonly workloads: readonly string[];
  readonly plans: readonly string[];
  /** The oracle that must see it, where others could do so by accident or as well. */
  readonly oracle?: OracleName;
  /** It shows itself only long after all is quiet. */
  readonly lingers?: true;
}

/** Whatever is done, it is seen. */
const ANY = [RESTART_IN_THE_END.id];

export const MUTANTS: readonly Mutant[] = [
  {
    name: 'lets a deleted object go before anything is uninstalled',
    file: 'runtime/reconciler/reconciler.js',
    text: "if (step === 'Ignore')",
    instead: `if (object.metadata.deletionTimestamp !== undefined && finalizer !== undefined) {
            await this.deps.finalizers.remove(resource, object, finalizer);
            return undefined;
        }
        if (step === 'Ignore')`,
    workloads: ['delete'],
    plans: ANY,
  },
  {
    name: 'takes no finalizer before it begins',
    file: 'runtime/reconciler/lifecycle.js',
    text: "|| held ? 'Proceed' : 'Adopt'",
    instead: "|| held ? 'Proceed' : 'Proceed'",
    workloads: ['install', 'delete'],
    plans: ANY,
  },
  {
    name: 'names what it creates by chance',
    file: 'controllers/agent-run/child-name.js',
    text: 'JSON.stringify([kind, uid, generation, attempt, step])',
    instead: 'JSON.stringify([kind, uid, generation, attempt, step, (globalThis.salt ??= Math.random())])',
    workloads: ['install', 'upgrade'],
    plans: ['create/jobs/1/kill-after', 'create/agentactions/1/kill-after', 'patch/installations/status/1/kill-before'],
  },
  {
    name: 'makes Secrets that nobody owns',
    file: 'controllers/agent-run/job/files-secret.js',
    text: 'ownerReferences: [{ ...run.owner, controller: true }],',
    instead: '',
    workloads: ['delete'],
    plans: ANY,
  },
  {
    name: 'writes a status that is the same',
    file: 'runtime/status/status-writer.js',
    text: 'if (difference === undefined) {',
    instead:
      'if (difference === undefined) { await this.patch(resource, current, {}); }\n            if (difference === undefined) {',
    workloads: ['install'],
    plans: ANY,
    oracle: 'a write changes something',
  },
  {
    name: 'writes a status over one that it has not looked at',
    file: 'runtime/status/status-writer.js',
    text: 'const patch = { metadata: { resourceVersion }, status };',
    instead: 'const patch = { status };',
    workloads: ['install'],
    plans: ['installations', 'agentactions'].flatMap((plural) =>
      [1, 2].map((nth) => `patch/${plural}/status/${nth}/stale`),
    ),
    oracle: 'what is recorded stays',
  },
  {
    name: 'tells a condition anew with every pass',
    file: 'runtime/status/conditions.js',
    text: 'const kept = before?.status === condition.status ? { lastTransitionTime: before.lastTransitionTime } : {};',
    instead: `const random = Math.floor(Math.random() * 1.7e9) * 1000;
        const kept = { lastTransitionTime: new Date(random).toISOString().replace('.000', '') };`,
    workloads: ['install'],
    plans: ['event/installations/1/repeat'],
    oracle: 'nothing is written in the end',
    lingers: true,
  },
  {
    name: 'creates the Secret before the Job',
    file: 'controllers/agent-run/agent-jobs.js',
    text: 'const job = await this.create(JOBS, agentJob(run), run.owner.uid);',
    instead: `await this.create(SECRETS, filesSecret(run), run.owner.uid);
        const job = await this.create(JOBS, agentJob(run), run.owner.uid);`,
    workloads: ['install'],
    plans: ['create/secrets/1/kill-after', 'create/jobs/1/kill-before'],
  },
  {
    name: 'deletes whatever goes by a name',
    file: 'runtime/client/client.js',
    text: 'const preconditions = uid === undefined && resourceVersion === undefined ? undefined : { uid, resourceVersion };',
    instead: 'const preconditions = undefined;',
    workloads: ['delete'],
    plans: ANY,
  },
  {
    name: 'takes an object that exists already for a failure',
    file: 'controllers/agent-run/agent-jobs.js',
    text: 'if (!isAlreadyExists(error))',
    instead: 'if (isAlreadyExists(error)) throw new Error(error.message);\n            if (!isAlreadyExists(error))',
    workloads: ['install'],
    plans: ['create/jobs/1/cut-after', 'create/secrets/1/cut-after'],
  },
  {
    name: 'asks for a run again when the reply was lost, under another name',
    file: 'controllers/agent-run/agent-runs.js',
    text: 'if (!isAlreadyExists(error))',
    instead: `if (isAlreadyExists(error)) {
                const key = keyOfRun({ ...request, step: 'again' });
                return runStateOf(await this.client.create(AGENT_ACTIONS, agentActionFor(request, key)));
            }
            if (!isAlreadyExists(error))`,
    workloads: ['install', 'upgrade'],
    plans: ['create/agentactions/1/cut-after', 'create/agentactions/1/500-after'],
  },
  {
    name: 'is Ready as soon as there is a Job',
    file: 'controllers/porter/agent-action/decide.js',
    text: "case 'Active':",
    instead: `case 'Active':
            return conclude({ source: 'ExitCode', result: 'Succeeded', reason: 'RunSucceeded', message: 'There is a Job.' });
        case 'Never':`,
    workloads: ['upgrade'],
    plans: ANY,
  },
  {
    name: 'takes the last generation for the present one',
    file: 'controllers/agent-run/wanted-run.js',
    text: 'const { generation = 1, annotations } = parent.metadata;',
    instead:
      'const { annotations } = parent.metadata;\n    const generation = parent.status?.completed?.generation ?? parent.metadata.generation ?? 1;',
    workloads: ['upgrade'],
    plans: ANY,
  },
  {
    name: 'does not remember which retry it has answered',
    file: 'controllers/porter/installation/status.js',
    text: '...(isWanted ? { retry: snapshot.wanted.retry } : {}),',
    instead: "retry: '',",
    workloads: ['retry'],
    plans: ANY,
  },
  {
    name: 'gives up a watch that has failed',
    file: 'runtime/cache/reflector.js',
    text: 'this.tell(result, state);',
    instead:
      "this.tell(result, state);\n            if (result.kind === 'watch ended' && result.error !== undefined) return;",
    workloads: ['install'],
    plans: ['event/jobs/1/cut-line', 'event/jobs/1/expire', 'event/agentactions/1/cut-line'],
  },
  {
    name: 'watches on from a version that is no longer known',
    file: 'runtime/cache/reflector-state.js',
    text: 'if (isGone(error) || ',
    instead: 'if (',
    workloads: ['install'],
    plans: ['event/jobs/1/expire', 'event/agentactions/1/skip'],
  },
  {
    name: 'passes over a line that it cannot read',
    file: 'runtime/cache/api-source.js',
    text: 'yield this.event(line);',
    instead:
      'try { yield this.event(line); } catch (error) { if (!(error instanceof MalformedEventError)) throw error; }',
    workloads: ['install'],
    plans: ['event/jobs/1/garble', 'event/agentactions/1/garble', 'event/installations/2/garble'],
  },
  {
    name: 'forgets nothing that a new list lacks',
    file: 'runtime/cache/object-cache.js',
    text: 'filter((object) => !present.has(keyText(keyOf(object))))',
    instead: 'filter(() => false)',
    workloads: ['delete'],
    plans: ['event/installations/2/skip', 'event/agentactions/1/skip'],
  },
  {
    name: 'tries again without any patience',
    file: 'runtime/queue/backoff.js',
    text: 'return Math.min(maxMs, baseMs * 2 ** before)',
    instead: 'return 0 * Math.min(maxMs, baseMs * 2 ** before)',
    workloads: ['install'],
    plans: ['create/agentactions/1/outage', 'create/jobs/1/outage', 'patch/installations/status/1/outage'],
  },
  {
    name: 'ends when a background request fails',
    file: 'runtime/cache/reflector.js',
    text: "return { kind: 'list failed', error };",
    instead: "void Promise.reject(error);\n            return { kind: 'list failed', error };",
    workloads: ['operator-upgrade'],
    plans: ['list/installations/1/500', 'list/jobs/1/500', 'list/agentactions/1/500'],
  },
];
