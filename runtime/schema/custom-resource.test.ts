import { IsObject, IsOptional } from 'class-validator';
import { expect } from 'chai';
import { CustomResource, customResourceOf, PrinterColumn, printerColumnsOf, resourceOf } from './custom-resource.js';
import { KubernetesObject } from './kubernetes-object.js';

const OPTIONS = { group: 'test.org', version: 'v1', kind: 'Thing', plural: 'things', scope: 'Namespaced' } as const;

@CustomResource(OPTIONS)
@PrinterColumn({ name: 'First', type: 'string', jsonPath: '.a' })
@PrinterColumn({ name: 'Second', type: 'date', jsonPath: '.b' })
class Thing extends KubernetesObject {}

@CustomResource({ ...OPTIONS, kind: 'ClusterThing', plural: 'clusterthings', scope: 'Cluster' })
class ClusterThing extends Thing {}

@CustomResource(OPTIONS)
class Demanding extends Thing {
  @IsObject() spec!: object;
}
@CustomResource(OPTIONS)
class Indulgent extends Thing {
  @IsOptional() @IsObject() spec?: object;
}

class Undecorated extends Thing {}

describe('A custom resource', () => {
  it('is known to the client by the words of its decorator', () => {
    expect(resourceOf(Thing)).to.deep.equal({
      group: 'test.org',
      version: 'v1',
      kind: 'Thing',
      plural: 'things',
      namespaced: true,
      specRequired: false,
    });
  });

  it('tells whether its objects must have a spec', () => {
    expect([Demanding, Indulgent].map((kind) => resourceOf(kind).specRequired)).to.deep.equal([true, false]);
  });

  it('may have no namespace', () => {
    expect(resourceOf(ClusterThing).namespaced).to.equal(false);
  });

  it('shows its columns in the order in which they are written', () => {
    expect(printerColumnsOf(Thing).map(({ name }) => name)).to.deep.equal(['First', 'Second']);
  });

  it('is not inherited', () => {
    expect(() => customResourceOf(Undecorated)).to.throw('Undecorated has no @CustomResource');
    expect(printerColumnsOf(ClusterThing)).to.deep.equal([]);
  });
});
