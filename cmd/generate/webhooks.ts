import { admissionOf, customResourceOf } from '../../runtime/schema/index.js';
import type { AdmissionRules, ClassOf } from '../../runtime/schema/index.js';
import { WEBHOOK_NAMES, WEBHOOK_PATHS } from '../../runtime/webhook/index.js';
import { yamlFile } from './generated-file.js';
import type { GeneratedFile } from './generated-file.js';

const NAMESPACE = 'porterops-system';
/** A write waits for no longer when the operator does not answer. */
const TIMEOUT_SECONDS = 5;

/** For what is not to be asked about at all, in any case: what is being deleted must be able to go. */
const NOT_DELETED = { name: 'not-being-deleted', expression: '!has(object.metadata.deletionTimestamp)' };

/** A change of finalizers, labels or owners is nobody's mistake; a status never comes here. */
const WORTH_A_LOOK = {
  name: 'spec-or-annotations-changed',
  expression: [
    'request.operation == "CREATE"',
    'has(object.spec) != has(oldObject.spec)',
    '(has(object.spec) && object.spec != oldObject.spec)',
    'has(object.metadata.annotations) != has(oldObject.metadata.annotations)',
    '(has(object.metadata.annotations) && object.metadata.annotations != oldObject.metadata.annotations)',
  ].join(' || '),
};

/**
 * The webhook configurations: one webhook each, which the rules of all kinds go to. An entry of its own for each kind
 * could not be taken away later by server-side apply, since the operator owns the caBundle in it.
 */
export function webhookManifests(kinds: readonly ClassOf[]): GeneratedFile {
  const judged = kinds.filter((kind) => isJudged(admissionOf(kind)));
  const filled = kinds.filter((kind) => admissionOf(kind).fromMetadata !== undefined);
  return yamlFile(
    'config/webhook/manifests.yaml',
    configuration('Validating', judged, [NOT_DELETED, WORTH_A_LOOK]),
    configuration('Mutating', filled, [NOT_DELETED, absentFields(filled)]),
  );
}

function isJudged({ problems, warnings }: AdmissionRules): boolean {
  return problems !== undefined || warnings !== undefined;
}

/** Almost always everything is there, and nobody is asked. */
function absentFields(kinds: readonly ClassOf[]): object {
  const fields = new Set(kinds.flatMap((kind) => Object.keys(admissionOf(kind).fromMetadata ?? {})));
  const absent = [...fields].sort().map((field) => `!has(object.spec.${field})`);
  return { name: 'something-is-absent', expression: `has(object.spec) && (${absent.join(' || ')})` };
}

function configuration(type: 'Validating' | 'Mutating', kinds: readonly ClassOf[], matchConditions: object[]): object {
  const path = type === 'Validating' ? WEBHOOK_PATHS.validating : WEBHOOK_PATHS.mutating;
  return {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: `${type}WebhookConfiguration`,
    metadata: { name: WEBHOOK_NAMES.configuration, labels: { 'app.kubernetes.io/name': 'porterops' } },
    webhooks: [
      {
        name: `${type.toLowerCase()}.porterops.getporter.org`,
        admissionReviewVersions: ['v1'],
        clientConfig: { service: { namespace: NAMESPACE, name: WEBHOOK_NAMES.service, path, port: 443 } },
        // The reconcilers know the same rules: without an answer a write goes on and is judged by them.
        failurePolicy: 'Ignore',
        matchPolicy: 'Equivalent',
        sideEffects: 'None',
        timeoutSeconds: TIMEOUT_SECONDS,
        namespaceSelector: {
          matchExpressions: [
            { key: 'kubernetes.io/metadata.name', operator: 'NotIn', values: ['kube-system', NAMESPACE] },
          ],
        },
        matchConditions,
        rules: rulesOf(kinds),
      },
    ],
  };
}

/** One rule for each version of a group. */
function rulesOf(kinds: readonly ClassOf[]): object[] {
  const plurals = new Map<string, string[]>();
  for (const kind of kinds) {
    const { group, version, plural } = customResourceOf(kind);
    const key = `${group}/${version}`;
    plurals.set(key, [...(plurals.get(key) ?? []), plural]);
  }
  return [...plurals]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, resources]) => {
      const [group, version] = key.split('/');
      return {
        apiGroups: [group],
        apiVersions: [version],
        operations: ['CREATE', 'UPDATE'],
        resources: resources.sort(),
        scope: '*',
      };
    });
}
