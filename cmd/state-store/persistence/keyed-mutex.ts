/** Lets one task at a time hold a name; tasks that name several take them in one order, so that none waits in a circle. */
export class KeyedMutex {
  private readonly tails = new Map<string, Promise<void>>();

  /** Runs `task` while holding all of `names`. */
  async run<T>(names: readonly string[], task: () => Promise<T>): Promise<T> {
    const releases: (() => void)[] = [];
    try {
      for (const name of [...new Set(names)].sort()) releases.push(await this.acquire(name));
      return await task();
    } finally {
      for (const release of releases) release();
    }
  }

  private async acquire(name: string): Promise<() => void> {
    const before = this.tails.get(name);
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const tail = (before ?? Promise.resolve()).then(() => held);
    this.tails.set(name, tail);
    await before;
    return () => {
      release();
      if (this.tails.get(name) === tail) this.tails.delete(name);
    };
  }
}
