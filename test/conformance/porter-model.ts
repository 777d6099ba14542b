import type { Document } from 'bson';
import fc from 'fast-check';

/** One thing that somebody does with Porter. */
export type Act =
  | {
      act: 'apply set' | 'show set' | 'delete set';
      kind: 'credentials' | 'parameters';
      namespace: string;
      name: string;
      value: string;
    }
  | { act: 'run'; namespace: string; name: string; action: string; succeeds: boolean; outputs: readonly string[] }
  | { act: 'list' | 'show' | 'runs' | 'outputs' | 'logs' | 'unfinished' | 'delete'; namespace: string; name: string }
  | { act: 'run again by mistake'; namespace: string; name: string };

const namespaces = fc.constantFrom('', 'dev');
const installations = fc.constantFrom('shop', 'blog');

/** What somebody may do; small worlds, so that things meet. */
export const acts: fc.Arbitrary<Act> = fc.oneof(
  fc.record({
    act: fc.constantFrom('apply set' as const, 'show set' as const, 'delete set' as const),
    kind: fc.constantFrom('credentials' as const, 'parameters' as const),
    namespace: namespaces,
    name: fc.constantFrom('one', 'two'),
    value: fc.constantFrom('x', 'y'),
  }),
  fc.record({
    act: fc.constant('run' as const),
    namespace: namespaces,
    name: installations,
    action: fc.constantFrom('install', 'upgrade', 'uninstall'),
    succeeds: fc.boolean(),
    outputs: fc.subarray(['greeting', 'io.cnab.outputs.invocationImageLogs', 'io.cnab.bundle.state']),
  }),
  fc.record({
    act: fc.constantFrom(
      'list' as const,
      'show' as const,
      'runs' as const,
      'outputs' as const,
      'logs' as const,
      'unfinished' as const,
      'delete' as const,
    ),
    namespace: namespaces,
    name: installations,
  }),
  fc.record({ act: fc.constant('run again by mistake' as const), namespace: namespaces, name: installations }),
);

/** The requests that Porter sends for it, by the recorded session; ids are told apart by `number`, and grow with it. */
export function requestsOf(act: Act, number: number): Document[] {
  if (act.act === 'run') return runRequests(act, number);
  if ('kind' in act) return setRequests(act);
  const { namespace, name } = act;
  const of = { namespace, installation: name };
  switch (act.act) {
    case 'list':
      return [{ find: 'installations', filter: { namespace }, sort: { namespace: 1, name: 1 } }];
    case 'show':
      return [
        { find: 'installations', filter: { namespace, name }, limit: 1, singleBatch: true },
        { find: 'runs', filter: of, sort: { _id: -1 }, limit: 1, singleBatch: true },
      ];
    case 'runs':
      return [
        { find: 'runs', filter: of, sort: { _id: 1 } },
        { find: 'results', filter: of, sort: { _id: 1 } },
        { aggregate: 'runs', pipeline: [{ $match: of }, { $group: { _id: 1, n: { $sum: 1 } } }], cursor: {} },
      ];
    case 'outputs':
      return [
        {
          aggregate: 'outputs',
          pipeline: [
            { $match: of },
            { $sort: { namespace: 1, installation: 1, name: 1, resultId: -1 } },
            { $group: { _id: '$name', lastOutput: { $first: '$$ROOT' } } },
          ],
          cursor: {},
        },
      ];
    case 'logs':
      return [
        {
          find: 'outputs',
          filter: { ...of, name: 'io.cnab.outputs.invocationImageLogs' },
          sort: { resultId: -1 },
          limit: 1,
          singleBatch: true,
        },
      ];
    case 'unfinished':
      return [
        {
          aggregate: 'runs',
          pipeline: [
            { $lookup: { from: 'results', localField: '_id', foreignField: 'runId', as: 'results' } },
            { $match: { 'results.status': { $nin: ['succeeded', 'failed'] } } },
            { $sort: { _id: 1 } },
            { $project: { _id: 1, installation: 1 } },
          ],
          cursor: {},
        },
      ];
    case 'run again by mistake':
      return [{ insert: 'results', documents: [{ _id: 'result-1', runId: 'run-1', ...of, status: 'running' }] }];
    case 'delete':
      return [
        { delete: 'installations', deletes: [{ q: { namespace, name }, limit: 1 }] },
        ...['runs', 'results', 'outputs'].map((collection) => ({ delete: collection, deletes: [{ q: of, limit: 0 }] })),
      ];
  }
}

function setRequests({ act, kind, namespace, name, value }: Extract<Act, { kind: string }>): Document[] {
  if (act === 'delete set') return [{ delete: kind, deletes: [{ q: { namespace, name }, limit: 1 }] }];
  if (act === 'show set') {
    const filter = { name, $or: [{ namespace: '' }, { namespace }] };
    return [{ find: kind, filter, sort: { namespace: -1 }, limit: 1, singleBatch: true }];
  }
  const document = { schemaVersion: '1.0.1', namespace, name, [kind]: [{ name: 'token', source: { value } }] };
  return [{ update: kind, updates: [{ q: { namespace, name }, u: document, upsert: true }] }];
}

function runRequests({ namespace, name, action, succeeds, outputs }: Extract<Act, { act: 'run' }>, number: number) {
  const [runId, resultId] = [`run-${number}`, `result-${number}`];
  const of = { namespace, installation: name };
  const installation = (status: object) => {
    const document = { schemaVersion: '1.0.2', id: `id-${name}`, namespace, name, status };
    return { update: 'installations', updates: [{ q: { namespace, name }, u: document, upsert: true }] };
  };
  const status = succeeds ? 'succeeded' : 'failed';
  return [
    installation({ runId: '' }),
    { update: 'runs', updates: [{ q: { _id: runId }, u: { _id: runId, ...of, action, bundle: '{}' }, upsert: true }] },
    { insert: 'results', documents: [{ _id: `${resultId}-0`, runId, ...of, status: 'running' }] },
    { insert: 'results', documents: [{ _id: resultId, runId, ...of, status }] },
    installation({ runId, resultId, action }),
    ...outputs.map((output) => ({
      insert: 'outputs',
      documents: [{ ...of, runId, resultId, name: output, value: 'eA==' }],
    })),
  ];
}
