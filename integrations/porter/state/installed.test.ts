import { expect } from 'chai';
import { isInstalled, isUninstalled, type InstallationTimes } from './installed.js';

const EARLY = '2026-11-21T06:53:28.41989599Z';
const LATE = '2026-11-21T06:54:14.888397166Z';

describe('isInstalled and isUninstalled', () => {
  const table: [string, InstallationTimes | undefined, 'installed' | 'uninstalled' | 'neither'][] = [
    ['without a record', undefined, 'neither'],
    ['before the first run', { installed: null, uninstalled: null }, 'neither'],
    ['where nothing is told', {}, 'neither'],
    ['where empty texts are told', { installed: '', uninstalled: '' }, 'neither'],
    ['after an install', { installed: EARLY, uninstalled: null }, 'installed'],
    ['after an uninstall', { installed: EARLY, uninstalled: LATE }, 'uninstalled'],
    [
      'after an uninstall of what was never recorded as installed',
      { installed: null, uninstalled: LATE },
      'uninstalled',
    ],
    ['after a reinstall, which keeps both times', { installed: LATE, uninstalled: EARLY }, 'installed'],
    ['at equal times', { installed: EARLY, uninstalled: EARLY }, 'neither'],
    ['at the same instant in two zones', { installed: LATE, uninstalled: zoned('07:54:14.888397166') }, 'neither'],
    ['later, though its text is the smaller', { installed: LATE, uninstalled: zoned('07:00:00') }, 'installed'],
    ['a nanosecond later', { installed: LATE.replace('6Z', '7Z'), uninstalled: LATE }, 'installed'],
    ['later by a fraction against a whole second', { installed: time('14.1'), uninstalled: time('14') }, 'installed'],
    ['later by a shorter fraction', { installed: time('14.5'), uninstalled: time('14.49') }, 'installed'],
  ];
  for (const [when, times, state] of table) {
    it(`say ${state} ${when}`, () => {
      expect({ installed: isInstalled(times), uninstalled: isUninstalled(times) }).to.deep.equal({
        installed: state === 'installed',
        uninstalled: state === 'uninstalled',
      });
    });
  }
});

function time(seconds: string): string {
  return `2026-11-21T06:54:${seconds}Z`;
}

/** An hour ahead of UTC. */
function zoned(clock: string): string {
  return `2026-11-21T${clock}+01:00`;
}
