import { expect } from 'chai';
import { apiRequestOf, isWrite } from './api-request.js';

const JOBS = '/apis/batch/v1/namespaces/team/jobs';

describe('What a request is about', () => {
  it('is read from method and path', () => {
    expect(apiRequestOf('POST', `${JOBS}?fieldManager=x`)).to.deep.equal({
      ...{ verb: 'create', resource: 'jobs', namespace: 'team' },
    });
    expect(apiRequestOf('PATCH', `${JOBS}/a/status`)).to.deep.equal({
      ...{ verb: 'patch', resource: 'jobs/status', namespace: 'team', name: 'a' },
    });
    expect(apiRequestOf('DELETE', JOBS)).to.include({ verb: 'deletecollection' });
  });

  it('tells lists of everything from watches', () => {
    expect(apiRequestOf('GET', '/api/v1/secrets?limit=500')).to.deep.equal({ verb: 'list', resource: 'secrets' });
    expect(apiRequestOf('GET', '/api/v1/secrets?watch=true')).to.include({ verb: 'watch' });
  });

  it('takes a namespace for an object of its own', () => {
    expect(apiRequestOf('GET', '/api/v1/namespaces/team')).to.deep.equal({
      ...{ verb: 'get', resource: 'namespaces', name: 'team' },
    });
  });

  it('is nothing for discovery and health', () => {
    for (const path of ['/healthz', '/api', '/api/v1', '/apis/batch/v1', '/version'])
      expect(apiRequestOf('GET', path), path).to.equal(undefined);
  });

  it('counts reviews as reads, since nothing of them is kept', () => {
    expect(isWrite(apiRequestOf('POST', '/apis/authorization.k8s.io/v1/subjectaccessreviews')!)).to.equal(false);
    expect(isWrite(apiRequestOf('POST', JOBS)!)).to.equal(true);
  });
});
