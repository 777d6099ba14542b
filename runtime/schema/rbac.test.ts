import { expect } from 'chai';
import { Rbac, rbacOf } from './rbac.js';

@Rbac({ groups: [''], resources: ['secrets'], verbs: ['get'] })
@Rbac({ groups: [''], resources: ['pods'], verbs: ['list'] })
class Base {}

@Rbac({ groups: ['batch'], resources: ['jobs'], verbs: ['create'] })
class Derived extends Base {}

class Silent extends Derived {}
class Unrelated {}

const resourcesOf = (target: abstract new () => object) => rbacOf(target).flatMap(({ resources }) => resources);

describe('Stated rights', () => {
  it('add up in the order in which they are written', () => {
    expect(resourcesOf(Base)).to.deep.equal(['secrets', 'pods']);
  });

  it('add up along inheritance', () => {
    expect(resourcesOf(Derived)).to.deep.equal(['secrets', 'pods', 'jobs']);
    expect(resourcesOf(Silent)).to.deep.equal(['secrets', 'pods', 'jobs']);
  });

  it('are none where none are stated', () => {
    expect(rbacOf(Unrelated)).to.deep.equal([]);
  });
});
