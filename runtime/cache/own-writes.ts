import { inject, injectable } from 'inversify';
import type { KubernetesJson, ObjectKey, Resource, Stored } from '../client/index.js';
import { keyOf, keyText } from '../client/index.js';
import { Scheduler } from '../clock/index.js';
import { Informers } from './informers.js';
import { matchesSelector } from './label-selector.js';
import { isAtLeast } from './resource-version.js';

/** After so long the cache counts as up to date: the event will not come, or the versions cannot be compared. */
const LONGEST_WAIT_MS = 5_000;

interface Write {
  readonly resource: Resource;
  readonly object: Stored<KubernetesJson>;
  readonly at: number;
}

/**
 * What we wrote and have not yet seen in the cache, so that nothing is decided on a world without our own last step.
 * A write counts for the object itself and for all of its owners.
 */
@injectable()
export class OwnWrites {
  /** By kind and key of the object that must not be worked on yet. */
  private readonly unseen = new Map<string, Write[]>();
  /** The version that our last write gave to an object of a tracked kind. */
  private readonly versions = new Map<string, string>();
  /** The kinds that somebody asks about, by `group/Kind`. */
  private readonly tracked = new Map<string, Resource>();

  constructor(
    @inject(Informers) private readonly informers: Informers,
    @inject(Scheduler) private readonly scheduler: Scheduler,
  ) {}

  /** From now on the other questions may be asked for objects of this kind. */
  track(resource: Resource): void {
    this.tracked.set(`${resource.group}/${resource.kind}`, resource);
  }

  /** A write returned `object`. */
  note(resource: Resource, object: Stored<KubernetesJson>): void {
    const write = { resource, object, at: this.scheduler.elapsed() };
    const isSeen = this.isSeen(write);
    // The event of the deletion may overtake the reply of the write that let the object go.
    const isGone = isSeen && this.informers.find(resource)?.cache.get(keyOf(object)) === undefined;
    if (this.isTracked(resource) && !isGone) this.versions.set(subjectOf(resource, keyOf(object)), versionOf(object));
    if (isSeen) return;
    for (const subject of this.subjectsOf(write))
      this.unseen.set(subject, [...(this.unseen.get(subject) ?? []), write]);
  }

  /** Whether the cache still lacks something we wrote for this object. */
  isBehind(resource: Resource, key: ObjectKey): boolean {
    const subject = subjectOf(resource, key);
    const writes = this.unseen.get(subject);
    if (writes === undefined) return false;
    const left = writes.filter((write) => !this.isSeen(write));
    if (left.length === 0) this.unseen.delete(subject);
    else this.unseen.set(subject, left);
    return left.length > 0;
  }

  /** Whether this very version of the object is the result of our last write to it. */
  wrote(resource: Resource, object: Stored<KubernetesJson>): boolean {
    return this.versions.get(subjectOf(resource, keyOf(object))) === versionOf(object);
  }

  /** The object has gone. What it owned may still be unseen, and matters to the next one of its name. */
  forget(resource: Resource, key: ObjectKey): void {
    const subject = subjectOf(resource, key);
    this.versions.delete(subject);
    const left = this.unseen
      .get(subject)
      ?.filter((write) => subjectOf(write.resource, keyOf(write.object)) !== subject);
    if (left !== undefined) this.unseen.set(subject, left);
  }

  private isTracked(resource: Resource): boolean {
    return this.tracked.has(`${resource.group}/${resource.kind}`);
  }

  private subjectsOf({ resource, object }: Write): string[] {
    const self = this.isTracked(resource) ? [subjectOf(resource, keyOf(object))] : [];
    const { namespace, ownerReferences = [] } = object.metadata;
    const parents = ownerReferences.flatMap(({ apiVersion, kind, name }) => {
      const parent = this.tracked.get(`${groupOf(apiVersion)}/${kind}`);
      return parent === undefined
        ? []
        : [subjectOf(parent, { namespace: parent.namespaced ? namespace : undefined, name })];
    });
    return [...self, ...parents];
  }

  private isSeen({ resource, object, at }: Write): boolean {
    const informer = this.informers.find(resource);
    if (informer === undefined || this.scheduler.elapsed() - at > LONGEST_WAIT_MS) return true;
    const { labelSelector } = informer.form;
    const { resourceVersion, labels, namespace } = object.metadata;
    if (!informer.covers(namespace)) return true;
    if (labelSelector !== undefined && !matchesSelector(labelSelector, labels)) return true;
    const cached = informer.cache.get(keyOf(object))?.metadata.resourceVersion;
    return [informer.positionIn(namespace), cached].some(
      (seen) => seen !== undefined && isAtLeast(seen, resourceVersion),
    );
  }
}

function subjectOf(resource: Resource, key: ObjectKey): string {
  return `${resource.group}/${resource.kind} ${keyText(key)}`;
}

function versionOf(object: Stored<KubernetesJson>): string {
  return object.metadata.resourceVersion;
}

function groupOf(apiVersion: string): string {
  const slash = apiVersion.indexOf('/');
  return slash < 0 ? '' : apiVersion.slice(0, slash);
}
