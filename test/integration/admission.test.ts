import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { expect } from 'chai';
import { AGENT_CONFIGS, INSTALLATIONS, PORTER_CONFIGS } from '../../api/porter/v1/resources.js';
import { ANNOTATIONS, FINALIZER } from '../../api/porter/v1/well-known.js';
import { apiVersionOf } from '../../runtime/client/index.js';
import { LEASES } from '../../runtime/leader/index.js';
import { createAuthority, issueCertificate } from '../../runtime/tls/certificates.js';
import { anAgentConfig, anInstallation } from '../support/builders.js';
import { Cluster } from '../support/cluster.js';
import { eventually } from '../support/eventually.js';
import { OPERATOR_NAMESPACE } from '../support/operator.js';
import type { Operator } from '../support/operator.js';
import { dryCreate, dryPatch } from './api/dry-run.js';
import { servedSerial, Webhooks } from './webhooks.js';
import {
  annotate,
  change,
  condition,
  create,
  get,
  remove,
  untilGone,
  untilNotReady,
  untilReady,
  world,
} from './world.js';

const DENIED = 'admission webhook "validating.porterops.getporter.org" denied the request: ';
const DEEP = 'spec.parameters.deep is nested deeper than 64 levels: make it flatter, or pass it as text';
/** Longer than a certificate of 30 s lives, and its authority is renewed after 90 s. */
const ROTATION_MS = 200_000;

const nested = (levels: number): unknown => {
  let value: unknown = 'bottom';
  for (let level = 0; level < levels; level += 1) value = { down: value };
  return value;
};
const wrong = (name = 'shop') => anInstallation(name).withParameters({ deep: nested(70) });

/** Nobody else's API server is told to call these tests. */
if (!Cluster.isGiven()) {
  describe('An operator with admission webhooks', () => {
    let webhooks: Webhooks;

    beforeEach(async () => {
      webhooks = await Webhooks.prepare();
      await world().operator.stop();
    });
    afterEach(async () => {
      await world().operator.kill();
      await webhooks.remove();
      await world().operator.start();
    });

    const start = async (...args: string[]) => {
      await world().operator.start([...webhooks.args, ...args]);
      await webhooks.untilTrusted();
      await untilAsked();
    };
    /** What the API server warned of during the work. */
    const warnedBy = async (work: () => Promise<unknown>) => {
      const before = world().api.warnings.length;
      await work();
      return world()
        .api.warnings.slice(before)
        .flatMap((header) => header.match(/299 - "(\\.|[^"\\])*"/g) ?? []);
    };

    describe('that are installed', () => {
      beforeEach(async () => {
        await webhooks.install();
        await start();
      });

      it('refuses what the schema cannot see, with the field and the way out', async () => {
        expect((await dryCreate(INSTALLATIONS, wrong().build())).refused).to.equal(`${DENIED}${DEEP}`);
        await create(anInstallation());
        const { refused } = await dryPatch(INSTALLATIONS, 'shop', { spec: { parameters: { deep: nested(70) } } });
        expect(refused).to.equal(`${DENIED}${DEEP}`);
        const spec = { 'default-storage': 'mine', storage: [{ name: 'other', plugin: 'mongodb' }] };
        expect((await dryCreate(PORTER_CONFIGS, { metadata: { name: 'default' }, spec })).refused).to.equal(
          `${DENIED}spec.default-storage names mine, but spec.storage is other: add an entry mine or name another one`,
        );
      });

      it('names the fields for programs too, as kubectl shows them', async () => {
        const failure: unknown = await create(wrong()).catch((error: unknown) => error);
        expect(failure).to.include({ code: 422, reason: 'Invalid' });
        expect(failure).to.have.deep.nested.property('details.causes', [
          {
            reason: 'FieldValueInvalid',
            field: 'spec.parameters.deep',
            message: 'is nested deeper than 64 levels: make it flatter, or pass it as text',
          },
        ]);
      });

      it('warns of mistakes and of fields without effect, once', async () => {
        const bundle = { repository: 'registry.test/hello', version: '0.3.0', tag: 'latest' };
        const installation = anInstallation().with({ bundle, suspend: true }).withDeletionPolicy('orphn');
        expect(await warnedBy(() => create(installation))).to.deep.equal([
          '299 - "metadata.annotations.getporter.org/deletion-policy is \\"orphn\\": nothing is destroyed until it is delete or orphan"',
          '299 - "spec.bundle has a version, which decides: tag will be ignored"',
        ]);
        expect(await warnedBy(() => change(INSTALLATIONS, 'shop', { spec: { historyLimit: 3 } }))).to.deep.equal([]);
        expect(await warnedBy(() => annotate(INSTALLATIONS, 'shop', 'example.test/a', 'b'))).to.deep.equal([]);
        expect(
          await warnedBy(() => annotate(INSTALLATIONS, 'shop', ANNOTATIONS.deletionPolicy, 'orfan')),
        ).to.have.length(1);
        const config = anAgentConfig('old').with({ retryLimit: 3 });
        expect((await warnedBy(() => create(config))).join()).to.match(/^299 - "spec\.retryLimit has no effect/);
      });

      it('is not asked about its own namespace', async () => {
        const object = anAgentConfig('old').with({ retryLimit: 3 }).inNamespace(OPERATOR_NAMESPACE).build();
        const body = { apiVersion: apiVersionOf(AGENT_CONFIGS), kind: 'AgentConfig', ...object };
        const path = `/apis/getporter.org/v1/namespaces/${OPERATOR_NAMESPACE}/agentconfigs`;
        const query = { dryRun: 'All' };
        expect(await warnedBy(() => world().api.call('POST', path, { query, body }))).to.deep.equal([]);
      });

      it('fills in the names in Porter, and nobody who applies the same again fights with it', async () => {
        const { bundle, schemaVersion } = anInstallation().build().spec;
        const short = { metadata: { namespace: world().namespace, name: 'shop' }, spec: { schemaVersion, bundle } };
        const applied = await world().api.apply(INSTALLATIONS, short as never);
        expect(applied.spec).to.include({ name: 'shop', namespace: world().namespace });
        await untilReady(INSTALLATIONS, 'shop');
        const again = await world().api.apply(INSTALLATIONS, short as never);
        expect(again.metadata.generation).to.equal(applied.metadata.generation);
        const replaced = { ...again, spec: { ...again.spec, name: undefined, historyLimit: 2 } };
        const path = `/apis/getporter.org/v1/namespaces/${world().namespace}/installations/shop`;
        await world().api.call('PUT', path, { body: replaced });
        expect((await get(INSTALLATIONS, 'shop')).spec).to.include({ name: 'shop', historyLimit: 2 });
      });

      it('counts what it was asked', async () => {
        const { operator } = world();
        const requests = () =>
          operator.metric('controller_runtime_webhook_requests_total', 'webhook="/validate",code="200"');
        const before = await requests();
        await dryCreate(INSTALLATIONS, wrong().build());
        expect(await requests()).to.equal(before + 1);
        expect(await operator.metric('certwatcher_certificate_expiration_timestamp_seconds', 'webhook')).to.be.above(0);
      });

      it('is not missed when it is away: what is wrong is taken, and its status says the same as the refusal', async () => {
        const { refused } = await dryCreate(INSTALLATIONS, wrong().build());
        await world().operator.stop();
        const begun = performance.now();
        await create(wrong());
        expect(performance.now() - begun).to.be.below(10_000);
        await world().operator.start(webhooks.args);
        const ready = await untilNotReady(INSTALLATIONS, 'shop', 'InvalidSpec');
        expect(`${DENIED}${ready.message}`).to.equal(refused);
        expect(condition(await get(INSTALLATIONS, 'shop'), 'Stalled')?.status).to.equal('True');
      });
    });

    describe('that come after an object that is wrong', () => {
      beforeEach(async () => {
        await create(wrong());
        await webhooks.install({ failurePolicy: 'Fail' });
        await start();
      });

      it('lets everything about it be changed that is not wrong, and the rest be mended', async () => {
        await annotate(INSTALLATIONS, 'shop', 'example.test/a', 'b');
        await change(INSTALLATIONS, 'shop', { spec: { historyLimit: 3 } });
        await change(INSTALLATIONS, 'shop', { spec: { parameters: { colour: 'red' } } });
        const { refused } = await dryPatch(INSTALLATIONS, 'shop', { spec: { parameters: { deep: nested(71) } } });
        expect(refused).to.equal(`${DENIED}${DEEP}`);
        await change(INSTALLATIONS, 'shop', { spec: { parameters: { deep: null } } });
        await untilReady(INSTALLATIONS, 'shop');
      });

      it('lets it go when it is deleted, with its finalizers', async () => {
        await untilNotReady(INSTALLATIONS, 'shop', 'InvalidSpec');
        expect((await get(INSTALLATIONS, 'shop')).metadata.finalizers).to.include(FINALIZER);
        const finalizers = ['example.test/keep'];
        await change(INSTALLATIONS, 'shop', { metadata: { finalizers: [FINALIZER, ...finalizers] } });
        expect((await get(INSTALLATIONS, 'shop')).metadata.finalizers).to.include.members([FINALIZER, ...finalizers]);
        await remove(INSTALLATIONS, 'shop');
        await change(INSTALLATIONS, 'shop', { metadata: { finalizers: [FINALIZER] } });
        await untilGone(INSTALLATIONS, 'shop');
      });

      it('lets it go also while no operator answers and that is held to be a failure', async () => {
        await untilNotReady(INSTALLATIONS, 'shop', 'InvalidSpec');
        await world().operator.stop();
        await change(INSTALLATIONS, 'shop', { metadata: { labels: { a: 'b' } } });
        await remove(INSTALLATIONS, 'shop');
        await change(INSTALLATIONS, 'shop', { metadata: { finalizers: null } });
        await untilGone(INSTALLATIONS, 'shop');
      });
    });

    it('renews its certificate and its authority without a restart, and no request fails meanwhile', async function () {
      this.timeout(2 * ROTATION_MS);
      await webhooks.install({ failurePolicy: 'Fail' });
      await start('--webhook-cert-lifetime=20s');
      const [first = ''] = await webhooks.bundles();
      const served = new Set<string>();
      const failures: unknown[] = [];
      const isOfAnotherAuthority = async () => {
        const [now = ''] = await webhooks.bundles();
        served.add(await servedSerial(webhooks.port, now));
        const answer = await dryCreate(INSTALLATIONS, wrong().build()).catch(String);
        if (typeof answer === 'string' || answer.refused !== `${DENIED}${DEEP}`) failures.push(answer);
        return servedSerial(webhooks.port, first).then(
          () => false,
          () => true,
        );
      };
      await eventually('another authority has issued', isOfAnotherAuthority, ROTATION_MS);
      expect(failures).to.deep.equal([]);
      expect(served.size).to.be.above(2);
    });

    it('serves with the certificate of a mounted Secret, and with a new one within seconds', async () => {
      const folder = mkdtempSync(join(tmpdir(), 'porterops-webhooks-'));
      const renew = async (name: string) => {
        const authority = await createAuthority(name, Date.now());
        const names = [`porterops-webhook.${OPERATOR_NAMESPACE}.svc`];
        const { certificate, key } = await issueCertificate(authority, names, Date.now());
        writeFileSync(join(folder, 'tls.crt'), certificate);
        writeFileSync(join(folder, 'tls.key'), key);
        return authority.certificate;
      };
      try {
        const first = await renew('first');
        await world().operator.start([...webhooks.args, `--webhook-cert-dir=${folder}`]);
        await servedSerial(webhooks.port, first);
        const second = await renew('second');
        await eventually('the new one is served', () => servedSerial(webhooks.port, second));
        expect(await webhooks.secret().catch(String)).to.include('not found');
      } finally {
        rmSync(folder, { recursive: true });
      }
    });

    it('is not ready without the rights for a certificate of its own, says so, and works all the same', async () => {
      await world().cluster.kubectl(['delete', '-f', 'config/webhook/role-bindings.yaml']);
      const { operator } = world();
      const started = operator.start(webhooks.args).catch(String);
      await eventually('it says so', async () =>
        (await operator.probe('/readyz')).match(/^503 admission webhooks: .*porterops-webhook-server.* is forbidden/),
      );
      await create(anInstallation());
      await untilReady(INSTALLATIONS, 'shop');
      await world().cluster.kubectl(['apply', '--server-side', '-f', 'config/webhook/role-bindings.yaml']);
      expect(await started).to.equal(undefined);
    });
  });

  describe('Two replicas with admission webhooks', () => {
    let replicas: { operator: Operator; webhooks: Webhooks }[];

    beforeEach(async () => {
      await world().operator.stop();
      replicas = [];
      for (let count = 0; count < 2; count += 1) {
        replicas.push({ operator: await world().anOperator(), webhooks: await Webhooks.prepare() });
      }
    });
    afterEach(async () => {
      await Promise.all(replicas.map(({ operator }) => operator.kill()));
      await replicas[0]?.webhooks.remove();
      await world().api.delete(LEASES, { namespace: OPERATOR_NAMESPACE, name: 'porterops-controller-manager' });
      await world().operator.start();
    });

    it('agree on one authority, and both answer', async () => {
      const [one, other] = replicas as [(typeof replicas)[0], (typeof replicas)[0]];
      await one.webhooks.install();
      await Promise.all(replicas.map(({ operator, webhooks }) => operator.start(['--leader-elect', ...webhooks.args])));
      const { data } = await one.webhooks.secret();
      const authority = Buffer.from(data?.['ca.crt'] ?? '', 'base64').toString();
      expect(await one.webhooks.bundles()).to.deep.equal([authority, authority]);
      const serials = await Promise.all(replicas.map(({ webhooks }) => servedSerial(webhooks.port, authority)));
      expect(new Set(serials).size).to.equal(1);
      await untilAsked();
      await other.webhooks.install();
      await other.webhooks.untilTrusted();
      await one.operator.kill();
      await untilAsked();
    });
  });
}

describe('The kustomize components of admission', () => {
  const overlay = async (...components: string[]) => {
    const folder = mkdtempSync(join(tmpdir(), 'porterops-overlay-'));
    const to = (path: string) => relative(folder, join(process.cwd(), path));
    try {
      const lines = [
        'resources:',
        `  - ${to('config/default')}`,
        'components:',
        ...components.map((one) => `  - ${to(one)}`),
      ];
      writeFileSync(join(folder, 'kustomization.yaml'), `${lines.join('\n')}\n`);
      return await world().cluster.kubectl(['kustomize', folder]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  };

  it('are taken by the API server', async () => {
    const manifests = await overlay('config/webhook');
    const applied = await world().cluster.kubectl(
      ['apply', '--server-side', '--force-conflicts', '--dry-run=server', '-f', '-'],
      manifests,
    );
    for (const what of ['validatingwebhookconfiguration', 'mutatingwebhookconfiguration'])
      expect(applied).to.include(`${what}.admissionregistration.k8s.io/porterops-admission serverside-applied`);
    expect(applied).to.include('service/porterops-webhook serverside-applied');
    expect(manifests).to.include('--webhook-bind-address=:9443');
  });

  it('leave the certificate to cert-manager, and the rights for one away, when that is wanted', async () => {
    const manifests = await overlay('config/webhook', 'config/certmanager');
    expect(manifests.match(/cert-manager\.io\/inject-ca-from: porterops-system\/porterops-webhook/g)).to.have.length(2);
    expect(manifests).to.include('--webhook-cert-dir=/certificates/webhook');
    expect(manifests).to.not.match(
      /kind: (Cluster)?RoleBinding\nmetadata:\n(.*\n)*? {2}name: porterops-manager-webhook/,
    );
  });

  it('are not part of config/default', async () => {
    expect(await world().cluster.kubectl(['kustomize', 'config/default'])).to.not.include('WebhookConfiguration');
  });
});

/** The API server hears of new configurations a moment after they are stored. */
async function untilAsked(): Promise<void> {
  await eventually('the API server asks the operator', async () => {
    const answer = await dryCreate(INSTALLATIONS, wrong('probe').build()).catch(String);
    return typeof answer !== 'string' && answer.refused?.startsWith(DENIED) === true;
  });
}
