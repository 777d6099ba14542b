/** A bundle as Porter makes them, internal parameters and state included; it has no image until it is published. */
export function helloBundle(version = '0.3.0') {
  return {
    schemaVersion: '1.2.0',
    name: 'hello',
    version,
    actions: { status: { modifies: false, stateless: false }, help: { modifies: false, stateless: true } },
    definitions: {
      'name-parameter': { type: 'string', default: 'world' },
      'fail-parameter': { type: 'boolean', default: false },
      'password-parameter': { type: 'string', writeOnly: true, default: 'default-secret' },
      'porter-debug-parameter': { $comment: 'porter-internal', type: 'boolean', default: false },
      'porter-state': { $comment: 'porter-internal', type: 'string', contentEncoding: 'base64' },
      'greeting-output': { type: 'string' },
      'secretout-output': { type: 'string', writeOnly: true },
    },
    parameters: {
      name: { definition: 'name-parameter', destination: { env: 'NAME' } },
      fail: { definition: 'fail-parameter', destination: { env: 'FAIL' } },
      password: { definition: 'password-parameter', destination: { env: 'PASSWORD' } },
      'porter-debug': { definition: 'porter-debug-parameter', destination: { env: 'PORTER_DEBUG' } },
      'porter-state': { definition: 'porter-state', destination: { path: '/porter/state.tgz' } },
    },
    credentials: { token: { env: 'TOKEN' }, kube: { path: '/home/nonroot/.kube/config' } },
    outputs: {
      greeting: { definition: 'greeting-output', applyTo: ['install', 'upgrade'], path: '/cnab/app/outputs/greeting' },
      secretout: {
        definition: 'secretout-output',
        applyTo: ['install', 'upgrade'],
        path: '/cnab/app/outputs/secretout',
      },
      'porter-state': { definition: 'porter-state', path: '/cnab/app/outputs/porter-state' },
    },
    custom: {
      'io.cnab.parameter-sources': {
        'porter-state': { priority: ['output'], sources: { output: { name: 'porter-state' } } },
      },
      'sh.porter.file-parameters': {},
    },
    requiredExtensions: ['sh.porter.file-parameters', 'io.cnab.parameter-sources'],
  };
}

/** What it leaves behind when all goes well. */
export const HELLO_OUTPUTS = {
  greeting: 'hello from the bundle',
  secretout: 'secret-of-the-bundle',
  'porter-state': '\u0001binary state',
};
