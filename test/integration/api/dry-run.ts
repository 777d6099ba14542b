import { apiVersionOf } from '../../../runtime/client/index.js';
import type { KubernetesJson, Resource } from '../../../runtime/client/index.js';
import { KubeError } from '../../support/kube-api.js';
import { world } from '../world.js';

/** What the API server says to an object that it does not have to keep. */
export type Answer = { accepted: KubernetesJson; refused?: undefined } | { accepted?: undefined; refused: string };

/** Creates the object without effect; unknown fields are refused as kubectl has them refused. */
export async function dryCreate(resource: Resource, object: object): Promise<Answer> {
  const { namespace } = world();
  const body = { apiVersion: apiVersionOf(resource), kind: resource.kind, ...object };
  return answerTo(
    world().api.call('POST', `/apis/${apiVersionOf(resource)}/namespaces/${namespace}/${resource.plural}`, {
      query: { dryRun: 'All', fieldValidation: 'Strict' },
      body,
    }),
  );
}

/** Changes the stored object without effect. */
export async function dryPatch(resource: Resource, name: string, patch: object): Promise<Answer> {
  const { namespace } = world();
  return answerTo(
    world().api.call('PATCH', `/apis/${apiVersionOf(resource)}/namespaces/${namespace}/${resource.plural}/${name}`, {
      query: { dryRun: 'All', fieldValidation: 'Strict' },
      body: patch,
      contentType: 'application/merge-patch+json',
    }),
  );
}

async function answerTo(request: Promise<unknown>): Promise<Answer> {
  try {
    return { accepted: (await request) as KubernetesJson };
  } catch (error) {
    if (error instanceof KubeError && error.code >= 400 && error.code < 500) return { refused: error.message };
    throw error;
  }
}
