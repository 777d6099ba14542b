/**
 * What `installation apply` does, as tables: any agent that honours Porter's command line must do the same. Each row is
 * something that anybody can bring about, one command, and what is seen of it from outside.
 */

/** How the record came to be what it is; each entry is one command on the bundle `hello`. */
export type Past =
  | 'install'
  | 'failed install'
  | 'failed upgrade'
  | 'uninstall'
  | 'failed uninstall'
  | 'reinstall by force'
  | 'invoke status';

/** What differs from the last document. */
export type Change = 'parameter' | 'secret parameter' | 'version' | 'credential sets';

/** The document, or what a test has in its place, with that difference. */
export function changed<
  D extends { bundle: object; parameters?: Record<string, unknown>; credentialSets?: readonly string[] },
>(document: D, change: Change | undefined): D {
  switch (change) {
    case undefined:
      return document;
    case 'parameter':
      return { ...document, parameters: { ...document.parameters, name: 'another' } };
    case 'secret parameter':
      return { ...document, parameters: { ...document.parameters, password: 'another secret' } };
    case 'version':
      return { ...document, bundle: { ...document.bundle, version: '0.4.0' } };
    case 'credential sets':
      return { ...document, credentialSets: ['other-creds'] };
  }
}

export interface ConformanceCase {
  readonly past: readonly Past[];
  readonly uninstalled?: boolean;
  readonly force?: boolean;
  readonly change?: Change;
  /** The action that is run; none: nothing is. */
  readonly runs?: 'install' | 'upgrade' | 'uninstall';
  /** A line of the agent's log. */
  readonly says: string;
}

const UP_TO_DATE = 'The installation is already up-to-date.';
const IGNORED = 'Ignoring because the installation is uninstalled';
const NOT_SUCCEEDED = 'Triggering because the installation has not completed successfully yet';
const WISHED_AWAY = 'Triggering because installation.uninstalled is true';
const NEVER_THERE = "Ignoring because installation.uninstalled is true but the installation doesn't exist yet";
const PARAMETERS = 'Triggering because the parameters have changed';
const FORCED = 'The installation is up-to-date but will be re-applied because --force was specified';

/** All of them end with exit code 0 when what they run succeeds. */
export const CONFORMANCE: readonly ConformanceCase[] = [
  { past: [], runs: 'install', says: NOT_SUCCEEDED },
  { past: [], uninstalled: true, says: NEVER_THERE },
  // A trap: nobody who forces a removal wants an installation.
  { past: [], uninstalled: true, force: true, runs: 'install', says: FORCED },
  { past: ['failed install'], runs: 'install', says: NOT_SUCCEEDED },
  { past: ['failed install'], uninstalled: true, says: NEVER_THERE },
  { past: ['install'], says: UP_TO_DATE },
  { past: ['install'], force: true, runs: 'upgrade', says: FORCED },
  { past: ['install'], change: 'parameter', runs: 'upgrade', says: PARAMETERS },
  { past: ['install'], change: 'secret parameter', runs: 'upgrade', says: PARAMETERS },
  {
    past: ['install'],
    change: 'version',
    runs: 'upgrade',
    says: 'Triggering because the bundle definition has changed',
  },
  {
    past: ['install'],
    change: 'credential sets',
    runs: 'upgrade',
    says: 'Triggering because the credential set names have changed',
  },
  { past: ['install'], uninstalled: true, runs: 'uninstall', says: WISHED_AWAY },
  // A trap: the failure is masked, since the result of the last run is not looked at.
  { past: ['install', 'failed upgrade'], says: UP_TO_DATE },
  { past: ['install', 'failed upgrade'], force: true, runs: 'upgrade', says: FORCED },
  { past: ['install', 'failed upgrade'], change: 'parameter', runs: 'upgrade', says: PARAMETERS },
  { past: ['install', 'failed upgrade'], uninstalled: true, runs: 'uninstall', says: WISHED_AWAY },
  { past: ['install', 'failed uninstall'], uninstalled: true, runs: 'uninstall', says: WISHED_AWAY },
  // A trap: what was uninstalled is never installed again.
  { past: ['install', 'uninstall'], says: IGNORED },
  { past: ['install', 'uninstall'], change: 'parameter', says: IGNORED },
  { past: ['install', 'uninstall'], uninstalled: true, says: IGNORED },
  { past: ['install', 'uninstall'], force: true, runs: 'install', says: FORCED },
  // What was uninstalled and installed again is installed, though the record keeps both times.
  { past: ['install', 'uninstall', 'reinstall by force'], says: UP_TO_DATE },
  { past: ['install', 'uninstall', 'reinstall by force'], change: 'parameter', runs: 'upgrade', says: PARAMETERS },
  { past: ['install', 'uninstall', 'reinstall by force'], uninstalled: true, runs: 'uninstall', says: WISHED_AWAY },
  { past: ['install', 'uninstall', 'reinstall by force', 'uninstall'], says: IGNORED },
  { past: ['install', 'invoke status'], says: UP_TO_DATE },
];

/** What a bundle sees of its parameter `x`, whose destination is the environment variable `X`, when it is installed. */
export interface ResolutionCase {
  readonly about: string;
  /** The parameter's JSON Schema. */
  readonly definition: Readonly<Record<string, unknown>>;
  readonly parameter?: { readonly required?: boolean; readonly applyTo?: readonly string[] };
  /** Its value in two parameter sets, in the order in which the installation names them. */
  readonly sets?: readonly [unknown, unknown];
  /** Its value in the document. */
  readonly inline?: unknown;
  /** The variable; null: it is not there. Undefined: nothing is run. */
  readonly sees?: string | null;
}

const TEXT = { type: 'string', default: 'by default' };

/** How values are resolved and written: text first, then the type of the definition, then text again. */
export const RESOLUTION: readonly ResolutionCase[] = [
  { about: 'a default where nothing is given', definition: TEXT, sees: 'by default' },
  { about: 'empty text where there is no default either', definition: { type: 'integer' }, sees: '' },
  { about: 'the later of two sets', definition: TEXT, sets: ['one', 'two'], sees: 'two' },
  { about: 'the document before any set', definition: TEXT, sets: ['one', 'two'], inline: 'mine', sees: 'mine' },
  { about: 'a number that is given for text', definition: TEXT, inline: 1.1, sees: '1.1' },
  { about: 'a switch that is given for text', definition: TEXT, inline: true, sees: 'true' },
  { about: 'an object that is given for text', definition: TEXT, inline: { b: 1, a: 2 }, sees: '{"a":2,"b":1}' },
  { about: 'no value that is given for text, and no default', definition: TEXT, inline: null, sees: '' },
  { about: 'text for an integer', definition: { type: 'integer' }, inline: '+007', sees: '7' },
  { about: 'text for a number', definition: { type: 'number' }, sets: ['0.1', '1e3'], sees: '1000' },
  { about: 'text for a switch, in any case', definition: { type: 'boolean' }, inline: 'TRUE', sees: 'true' },
  { about: 'text for a list', definition: { type: 'array' }, inline: '[1, "a"]', sees: '[1,"a"]' },
  {
    about: 'members in order of their names',
    definition: { type: 'object' },
    inline: { b: { d: 1, c: 2 }, a: [] },
    sees: '{"a":[],"b":{"c":2,"d":1}}',
  },
  {
    about: 'nothing of a parameter of another action',
    definition: TEXT,
    parameter: { applyTo: ['upgrade'] },
    sees: null,
  },
  {
    about: 'nothing of a required parameter of another action',
    definition: TEXT,
    parameter: { applyTo: ['upgrade'], required: true },
    sees: null,
  },
  {
    about: 'a required value from a set',
    definition: TEXT,
    parameter: { required: true },
    sets: ['one', 'two'],
    sees: 'two',
  },
  { about: 'a default for a required value', definition: TEXT, parameter: { required: true } },
  { about: 'a fraction for an integer', definition: { type: 'integer' }, inline: 1.5 },
  { about: 'a word for a number', definition: { type: 'number' }, inline: 'many' },
  { about: 'a form of programs for a number', definition: { type: 'number' }, inline: '0x10' },
  { about: 'a word for a switch', definition: { type: 'boolean' }, inline: 'yes' },
  { about: 'no value for a switch', definition: { type: 'boolean' }, inline: null },
  { about: 'an object for a list', definition: { type: 'array' }, inline: { a: 1 } },
  { about: 'what is not listed', definition: { type: 'string', enum: ['a', 'b'] }, inline: 'c' },
];
