import { expect } from 'chai';
import { DockerConfig, DockerConfigError } from './docker-config.js';

const auth = (user: string) => ({ auth: Buffer.from(`${user}:secret:with:colons`).toString('base64') });
const config = (content: object) => DockerConfig.parse(JSON.stringify(content));
const userOf = (content: object, registry: string, repository = 'shop') => {
  const login = config(content).loginFor(registry, repository);
  return login?.kind === 'password' ? login.username : login?.kind;
};

describe('DockerConfig', () => {
  it('splits user and password at the first colon', () => {
    expect(config({ auths: { 'reg.example': auth('ann') } }).loginFor('reg.example', 'shop')).to.deep.equal({
      kind: 'password',
      username: 'ann',
      password: 'secret:with:colons',
    });
  });

  it('knows the spellings of a registry', () => {
    for (const key of [
      'reg.example:5000',
      'https://reg.example:5000',
      'https://reg.example:5000/v2/',
      'REG.example:5000/',
    ]) {
      expect(userOf({ auths: { [key]: auth('ann') } }, 'reg.example:5000'), key).to.equal('ann');
    }
    expect(userOf({ auths: { 'https://index.docker.io/v1/': auth('hub') } }, 'docker.io', 'library/x')).to.equal('hub');
  });

  it('prefers the entry for the longer path, whole segments only', () => {
    const auths = { 'reg.example': auth('all'), 'reg.example/team': auth('team'), 'reg.example/te': auth('wrong') };
    expect(userOf({ auths }, 'reg.example', 'team/shop')).to.equal('team');
    expect(userOf({ auths }, 'reg.example', 'teams/shop')).to.equal('all');
  });

  it('lets a star stand for part of one label, never for several', () => {
    const auths = { '*.reg.example': auth('star') };
    expect(userOf({ auths }, 'eu.reg.example')).to.equal('star');
    expect(userOf({ auths }, 'a.eu.reg.example')).to.equal(undefined);
    expect(userOf({ auths }, 'reg.example')).to.equal(undefined);
  });

  it('takes an identity token before a password', () => {
    expect(userOf({ auths: { 'reg.example': { ...auth('ann'), identitytoken: 't' } } }, 'reg.example')).to.equal(
      'identityToken',
    );
  });

  it('refuses a credential helper by name, but only for the registry it keeps', () => {
    const content = { auths: { 'other.example': auth('ann') }, credHelpers: { 'reg.example': 'ecr-login' } };
    expect(() => config(content).loginFor('reg.example', 'shop')).to.throw(
      DockerConfigError,
      /docker-credential-ecr-login/,
    );
    expect(userOf(content, 'other.example')).to.equal('ann');
    expect(userOf(content, 'third.example')).to.equal(undefined);
  });

  it('refuses a store for everything that has no filled entry', () => {
    const content = { auths: { 'reg.example': {}, 'full.example': auth('ann') }, credsStore: 'desktop' };
    expect(() => config(content).loginFor('reg.example', 'shop')).to.throw(DockerConfigError, /desktop/);
    expect(userOf(content, 'full.example')).to.equal('ann');
  });

  it('names what is broken', () => {
    expect(() => DockerConfig.parse('{')).to.throw(DockerConfigError, /not JSON/);
    expect(() => DockerConfig.parse('[]')).to.throw(DockerConfigError, /not an object/);
    expect(() => userOf({ auths: { 'reg.example': { auth: 'bm9jb2xvbg==' } } }, 'reg.example')).to.throw(
      DockerConfigError,
      /reg.example/,
    );
  });
});
