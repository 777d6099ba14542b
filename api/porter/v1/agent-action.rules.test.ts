import { expect } from 'chai';
import { fieldName, problemText, sentenceOf } from '../../../runtime/schema/index.js';
import { anAgentAction } from '../../../test/support/builders.js';
import { agentActionProblems, agentActionWarnings } from './agent-action.rules.js';

describe('An AgentAction', () => {
  const refused: [object, string][] = [
    [
      {
        volumes: [
          { name: 'a', emptyDir: {} },
          { name: 'b', hostPath: { path: '/' } },
        ],
      },
      'spec.volumes[1].hostPath',
    ],
    [{ volumes: [{ name: 'a', nfs: { server: 's', path: '/' } }] }, 'spec.volumes[0].nfs'],
    [{ volumes: [{ name: 'a', flexVolume: { driver: 'd' } }] }, 'spec.volumes[0].flexVolume'],
    [{ env: [{ name: 'A' }, { name: 'SERVICE_ACCOUNT', value: 'admin' }] }, 'spec.env[1].name is SERVICE_ACCOUNT'],
    [{ env: [{ name: 'LD_PRELOAD', value: '/x.so' }] }, 'spec.env[0].name is LD_PRELOAD'],
    [{ env: [{ name: 'NODE_OPTIONS', value: '-r x' }] }, 'spec.env[0].name is NODE_OPTIONS'],
    [{ env: [{ name: 'PORTEROPS_IMAGE', value: 'x' }] }, 'spec.env[0].name is PORTEROPS_IMAGE'],
    [{ env: [{ name: 'KUBERNETES_SERVICE_HOST', value: 'x' }] }, 'spec.env[0].name is KUBERNETES_SERVICE_HOST'],
  ];
  for (const [spec, field] of refused) {
    it(`refuses ${field} and names it`, () => {
      expect(problemText(agentActionProblems(spec))).to.contain(field);
    });
  }

  it('lets pass what Pods may use under the restricted standard', () => {
    const sources = ['configMap', 'secret', 'emptyDir', 'projected', 'persistentVolumeClaim', 'downwardAPI', 'csi'];
    const volumes = sources.map((source) => ({ name: source.toLowerCase(), [source]: {} }));
    const env = [{ name: 'HTTPS_PROXY', value: 'http://proxy' }];
    expect(agentActionProblems({ volumes, env })).to.deep.equal([]);
  });

  it('names everything that is wrong', () => {
    const spec = { volumes: [{ name: 'a', hostPath: { path: '/' } }], env: [{ name: 'PATH' }, { name: 'LD_AUDIT' }] };
    expect(agentActionProblems(spec).map(({ path }) => fieldName(path))).to.deep.equal([
      'spec.volumes[0].hostPath',
      'spec.env[0].name',
      'spec.env[1].name',
    ]);
  });

  it('warns of porter among its own arguments', () => {
    expect(agentActionWarnings(anAgentAction('x', 'porter', 'list').build()).map(sentenceOf)).to.deep.equal([
      'spec.args[0] is porter, which is what runs anyway: begin with its first argument',
    ]);
    expect(agentActionWarnings(anAgentAction('x', 'list', 'porter').build())).to.deep.equal([]);
  });

  it('may have an environment as large as Linux takes, and no larger', () => {
    const problems = (...values: string[]) =>
      agentActionProblems({ env: values.map((value, index) => ({ name: `V${index}`, value })) }).map(sentenceOf);
    expect(problems('x'.repeat(131_068))).to.deep.equal([]);
    expect(problems('', 'x'.repeat(131_069)).join()).to.match(/^spec\.env\[1\]\.value is 131073 bytes with its name/);
    expect(problems(...Array.from({ length: 6 }, () => 'x'.repeat(100_000))).join()).to.match(
      /^spec\.env is 600024 bytes/,
    );
  });

  it('may have as many files as a Secret holds, and no more', () => {
    const problems = (bytes: number) =>
      agentActionProblems({
        files: { a: Buffer.alloc(100).toString('base64'), b: Buffer.alloc(bytes).toString('base64') },
      });
    expect(problems(921_500)).to.deep.equal([]);
    expect(problemText(problems(921_501))).to.match(/^spec\.files is 921601 bytes in all, .*mount a volume/);
  });
});
