import { readdirSync, readFileSync } from 'node:fs';
import { expect } from 'chai';
import { parse } from 'yaml';
import { CUSTOM_RESOURCE_DEFINITIONS } from '../../../runtime/client/index.js';
import type { CustomResourceDefinition } from '../../../runtime/client/index.js';
import { world } from '../world.js';

const FOLDER = 'config/crd/bases';

describe('The CustomResourceDefinitions', () => {
  for (const file of readdirSync(FOLDER)) {
    it(`${file} is accepted without a warning, and served`, async () => {
      const { api } = world();
      const definition = parse(readFileSync(`${FOLDER}/${file}`, 'utf8')) as CustomResourceDefinition;
      const before = api.warnings.length;
      await api.call('PATCH', `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${definition.metadata.name}`, {
        query: { dryRun: 'All', fieldValidation: 'Strict', fieldManager: 'tests', force: 'true' },
        body: definition,
        contentType: 'application/apply-patch+yaml',
      });
      expect(api.warnings.slice(before)).to.deep.equal([]);
      const stored = await api.get(CUSTOM_RESOURCE_DEFINITIONS, { name: definition.metadata.name });
      const conditions = new Map(stored.status?.conditions?.map(({ type, status }) => [type, status]));
      expect(conditions.get('Established')).to.equal('True');
      expect(conditions.get('NonStructuralSchema')).to.equal(undefined);
    });
  }

  it('explain each field of a spec in a sentence', async () => {
    const text = await world().cluster.kubectl(['explain', 'installation.spec', '--recursive=false']);
    expect(text).to.contain('bundle').and.contain('The bundle to install.');
    expect(text).to.contain('uninstalled').and.contain('True uninstalls the bundle and keeps this resource.');
  });

  it('explain the built-in types that an action embeds', async () => {
    const text = await world().cluster.kubectl([
      'explain',
      'agentaction.spec.volumes.projected.sources.serviceAccountToken',
    ]);
    expect(text).to.contain('expirationSeconds');
  });
});
