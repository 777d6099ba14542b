import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'chai';
import { Agent, fetch } from 'undici';
import { INSTALLATIONS } from '../../api/porter/v1/resources.js';
import { SERVICE_ACCOUNTS } from '../../runtime/client/index.js';
import { createAuthority, issueCertificate } from '../../runtime/tls/certificates.js';
import { anInstallation } from '../support/builders.js';
import { eventually } from '../support/eventually.js';
import { alertRules, ruleGroups } from '../support/monitoring.js';
import { OPERATOR_NAMESPACE } from '../support/operator.js';
import { fails } from '../support/pod-plays.js';
import { askPromQl, BUILD_DEADLINE_MS, providePromQl, type Scrape } from '../support/promql.js';
import { tokenOf } from '../support/service-account.js';
import { create, script, untilNotReady, untilReady, world } from './world.js';

const SCRAPER = `scraper-${process.pid}`;
const STRANGER = `stranger-${process.pid}`;
const SCRAPE_DEADLINE_MS = 10_000;
/** Longer than the event loop may be blocked. */
const STALL_MS = 7_000;
/** What Prometheus adds to every series. */
const TARGET = { job: 'porterops-controller-manager-metrics', pod: 'manager-0', instance: '10.0.0.1:8443' };

describe('The metrics of an operator', () => {
  const anybody = new Agent({ connect: { rejectUnauthorized: false } });
  let scraper: string;

  before(async () => {
    scraper = await aTokenOf(SCRAPER);
    const binding = [
      'create',
      'clusterrolebinding',
      `scraper-${process.pid}`,
      '--clusterrole=porterops-metrics-reader',
    ];
    await world().cluster.kubectl([...binding, `--serviceaccount=${OPERATOR_NAMESPACE}:${SCRAPER}`]);
  });
  after(async () => {
    await anybody.close();
    await world().cluster.kubectl(['delete', 'clusterrolebinding', SCRAPER]);
    for (const name of [SCRAPER, STRANGER])
      await world().api.delete(SERVICE_ACCOUNTS, { namespace: OPERATOR_NAMESPACE, name });
    await startWith();
  });

  it('are shown by HTTPS to whom RBAC allows it, and to nobody else', async () => {
    await startWith('--metrics-secure');
    const stranger = await aTokenOf(STRANGER);
    expect(await scrape(anybody)).to.match(/^401 a bearer token is needed/);
    expect(await scrape(anybody, 'no.such.token')).to.match(/^401 the API server does not know this token/);
    const account = `system:serviceaccount:${OPERATOR_NAMESPACE}:${STRANGER}`;
    expect(await scrape(anybody, stranger)).to.equal(
      `403 ${account} may not get /metrics: it needs a ClusterRole for that URL\n`,
    );
    expect(await scrape(anybody, scraper)).to.match(/^200 [^]*\nprocess_resident_memory_bytes \d/);
    for (const token of [stranger, scraper]) expect(world().operator.log()).to.not.include(token);
  });

  it('are served with the certificate of a mounted Secret, and with a new one within seconds', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'porterops-metrics-'));
    const renew = async (name: string) => {
      const authority = await createAuthority(name, Date.now());
      const { certificate, key } = await issueCertificate(authority, ['127.0.0.1'], Date.now());
      writeFileSync(join(folder, 'tls.crt'), certificate);
      writeFileSync(join(folder, 'tls.key'), key);
      return new Agent({ connect: { ca: authority.certificate } });
    };
    const first = await renew('first');
    try {
      await startWith('--metrics-secure', `--metrics-cert-dir=${folder}`);
      expect(await scrape(first, scraper)).to.match(/^200 /);
      const second = await renew('second');
      await eventually('the new certificate is served', async () => (await scrape(second, scraper)).startsWith('200 '));
      await second.close();
    } finally {
      await first.close();
      rmSync(folder, { recursive: true });
    }
  });

  it('are left out of a config/default that needs no CRDs of the Prometheus operator', async () => {
    const { cluster } = world();
    const applied = await cluster.kubectl([
      ...['apply', '--server-side', '--force-conflicts', '--dry-run=server'],
      ...['-k', 'config/default'],
    ]);
    expect(applied).to.include('service/porterops-controller-manager-metrics serverside-applied');
    const optional = await cluster.kubectl(['kustomize', 'config/prometheus']);
    for (const kind of ['ServiceMonitor', 'PrometheusRule', 'ConfigMap'])
      expect(optional).to.include(`kind: ${kind}\n`);
  });
});

describe('The alerts of an operator', () => {
  let healthy: string;

  before(async function () {
    this.timeout(2 * BUILD_DEADLINE_MS);
    if (!(await providePromQl())) this.skip();
    await world().untilOperatorHasLooked();
    healthy = await world().operator.metrics();
  });

  it('are rules that Prometheus takes', async () => {
    const question = { scrapes: [], at: 0, expressions: [], rules: JSON.stringify(ruleGroups()) };
    expect((await askPromQl(question)).ruleProblems).to.deep.equal([]);
  });

  it('are silent while all is well', async () => {
    await create(anInstallation());
    await untilReady(INSTALLATIONS, 'shop');
    // How busy the machine is that runs the tests is not what this is about, nor what other tests have left.
    const others = ['PorterOpsEventLoopBlocked', 'PorterOpsRunOutcomeUnknown'];
    const alerts = await firing(healthy, await world().operator.metrics());
    expect(alerts.filter((alert) => !others.includes(alert))).to.deep.equal([]);
  });

  it('tell of a run that failed', async () => {
    const before = await world().operator.metrics();
    script(fails('the bundle is broken'));
    await create(anInstallation());
    await untilNotReady(INSTALLATIONS, 'shop', 'AgentFailed');
    const counted = () => world().operator.metric('porterops_runs_total', 'kind="Installation",result="Failed"');
    const earlier = Number(/runs_total\{kind="Installation",result="Failed"\} (\d+)/.exec(before)?.[1]);
    await eventually('the run is counted', async () => (await counted()) === earlier + 1);
    expect(await firing(before, await world().operator.metrics())).to.include('PorterOpsRunsFailing');
  });

  /** What has happened before the last scrape. */
  const TROUBLES: Readonly<Record<string, Trouble>> = {
    PorterOpsDown: (text) => text.replace(/^up 1$/m, 'up 0'),
    PorterOpsReconcileErrors: (text, grow) =>
      grow(text, /^controller_runtime_reconcile_(errors_total\{controller="installation"|total\{.*"error")/, 90),
    PorterOpsPassStuck: (text, grow) => grow(text, /^workqueue_longest_running_processor_seconds\{/, 300),
    PorterOpsQueueSlow: (text, grow) =>
      grow(text, /^workqueue_queue_duration_seconds_bucket\{le="(100|300|1000|\+Inf)",name="installation"/, 500),
    PorterOpsEventLoopBlocked: (text, grow) => grow(text, /^nodejs_eventloop_lag_p99_seconds /, 1),
    PorterOpsRunsFailing: (text, grow) =>
      grow(text, /^porterops_runs_total\{kind="CredentialSet",result="Failed"\}/, 3),
    PorterOpsRunOutcomeUnknown: (text, grow) => grow(text, /^porterops_outcome_unknown\{kind="Installation"\}/, 1),
    PorterOpsApiErrors: (text, grow) =>
      grow(text.replaceAll('code="201"', 'code="503"'), /^rest_client_requests_total\{code="503"/, 900),
    PorterOpsCertificateExpiring: (text, grow) =>
      grow(
        `${text}\ncertwatcher_certificate_expiration_timestamp_seconds{server="webhook"} 0\n`,
        /^certwatcher_certificate_expiration_timestamp_seconds\{/,
        Date.now() / 1000 + 86_400,
      ),
    PorterOpsCertificateUnreadable: (text, grow) => grow(text, /^certwatcher_read_certificate_errors_total /, 5),
  };

  it('are all known to the test', () => {
    expect(Object.keys(TROUBLES)).to.have.members(alertRules().map(({ alert }) => alert));
  });

  for (const [alert, trouble] of Object.entries(TROUBLES)) {
    it(`${alert} fires when it should`, async () => {
      expect(await firing(healthy, healthy, trouble)).to.include(alert);
    });
  }
});

describe('The liveness of an operator', () => {
  it('ends while its event loop is blocked, and for some time after', async () => {
    const { operator } = world();
    expect(await operator.probe('/healthz')).to.equal('200 ok\n');
    process.kill(operator.pid, 'SIGSTOP');
    try {
      const answer = await operator.probe('/healthz').catch(() => 'none');
      expect(answer).to.equal('none');
      await delay(STALL_MS);
    } finally {
      process.kill(operator.pid, 'SIGCONT');
    }
    const answered = await eventually('an answer', () => operator.probe('/healthz'));
    expect(answered).to.match(/^503 the event loop was blocked for \d+\.\d s\n$/);
    await operator.restart();
  });
});

/** The operator of all tests, started anew. */
async function startWith(...args: string[]): Promise<void> {
  const { operator } = world();
  if (operator.isRunning) await operator.stop();
  await operator.start(args);
}

async function aTokenOf(name: string): Promise<string> {
  const { api } = world();
  const key = { namespace: OPERATOR_NAMESPACE, name };
  await api.create(SERVICE_ACCOUNTS, { metadata: key });
  return tokenOf(key, api);
}

/** Status and text of /metrics. */
async function scrape(dispatcher: Agent, token?: string): Promise<string> {
  const response = await fetch(`https://${world().operator.metricsHost}/metrics`, {
    dispatcher,
    headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
    signal: AbortSignal.timeout(SCRAPE_DEADLINE_MS),
  });
  return `${response.status} ${await response.text()}`;
}

/** Names of the alerts whose expression is true when the first text was scraped ten times and then, as trouble has it, the second one. */
async function firing(before: string, after: string, trouble: Trouble = (text) => text): Promise<string[]> {
  const at = Math.round(Date.now() / 1000);
  const scraped = (text: string, ago: number): Scrape => ({ at: at - ago, labels: TARGET, text });
  const rules = alertRules();
  const { answers } = await askPromQl({
    scrapes: [
      ...Array.from({ length: 10 }, (_, index) => scraped(trouble(`up 1\n${before}`, unchanged), 600 - 60 * index)),
      scraped(trouble(`up 1\n${after}`, grown), 1),
    ],
    at,
    expressions: rules.map(({ expr }) => expr),
  });
  expect(answers.flatMap(({ problem }) => problem ?? [])).to.deep.equal([]);
  return rules.filter((_, index) => (answers[index]?.series.length ?? 0) > 0).map(({ alert }) => alert);
}

/** Changes a text that was scraped; `grow` adds to values in the last scrape only. */
type Trouble = (text: string, grow: typeof grown) => string;

const unchanged: typeof grown = (text) => text;

/** The text with greater values in the lines that begin so; there must be some. */
function grown(text: string, series: RegExp, by: number): string {
  let found = 0;
  const lines = text.split('\n').map((line) => {
    if (!series.test(line)) return line;
    found += 1;
    const end = line.lastIndexOf(' ');
    return `${line.slice(0, end)} ${Number(line.slice(end)) + by}`;
  });
  expect(found, `series like ${series.source}`).to.be.above(0);
  return lines.join('\n');
}
