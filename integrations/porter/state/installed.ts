/** When an installation was last installed and uninstalled, RFC 3339, as its record tells; null or absent: never. */
export interface InstallationTimes {
  readonly installed?: string | null;
  readonly uninstalled?: string | null;
}

/**
 * Whether it is installed, by Porter's own rule: the later of the two times counts, since Porter takes neither back. Of
 * two equal times neither does.
 * @param times of the record's status; undefined when there is no record
 */
export function isInstalled({ installed, uninstalled }: InstallationTimes = {}): boolean {
  return isLater(installed, uninstalled);
}

/** Whether it was installed once and is not any more; as {@link isInstalled}. */
export function isUninstalled({ installed, uninstalled }: InstallationTimes = {}): boolean {
  return isLater(uninstalled, installed);
}

function isLater(time: string | null | undefined, other: string | null | undefined): boolean {
  if (!time || !other) return Boolean(time);
  const [seconds, nanoseconds] = instant(time);
  const [otherSeconds, otherNanoseconds] = instant(other);
  return seconds === otherSeconds ? nanoseconds > otherNanoseconds : seconds > otherSeconds;
}

/** Porter writes nanoseconds, and the zone of whoever ran it. */
function instant(time: string): [seconds: number, nanoseconds: number] {
  const [, fraction = ''] = /\.(\d+)/.exec(time) ?? [];
  return [Date.parse(time.replace(/\.\d+/, '')), Number(fraction.slice(0, 9).padEnd(9, '0'))];
}
