/** The way to a field, from the object down: `['spec', 'volumes', 1, 'hostPath']`. */
export type FieldPath = readonly (string | number)[];

/** Something to say about one field of an object. */
export interface Finding {
  readonly path: FieldPath;
  /** The rest of a sentence whose subject is the field; it says what to do. */
  readonly text: string;
}

const LONGEST_NAME = 64;
/** Of a message in a condition or a refusal, in characters. */
const LONGEST_MESSAGE = 1024;

/** The field as people write it: `spec.volumes[1].hostPath`. */
export function fieldName(path: FieldPath): string {
  return path
    .map((step) => (typeof step === 'number' ? `[${step}]` : `.${printable(step)}`))
    .join('')
    .replace(/^\./, '');
}

/** The finding as one sentence. */
export function sentenceOf({ path, text }: Finding): string {
  return `${fieldName(path)} ${text}`;
}

/** As many findings as fit into one message, and how many more there are; undefined if there is none. */
export function problemText(findings: readonly Finding[]): string | undefined {
  if (findings.length === 0) return undefined;
  const sentences = findings.map(sentenceOf);
  let shown = sentences.length;
  while (shown > 1 && textOf(sentences, shown).length > LONGEST_MESSAGE) shown -= 1;
  return textOf(sentences, shown).slice(0, LONGEST_MESSAGE);
}

function textOf(sentences: readonly string[], shown: number): string {
  const more = shown < sentences.length ? [`and ${sentences.length - shown} more`] : [];
  return [...sentences.slice(0, shown), ...more].join('; ');
}

/** Text of others as it may stand in a message: short, and without characters that change how it is shown. */
export function printable(text: string): string {
  return text.slice(0, LONGEST_NAME).replace(/[^\x20-\x7e]/g, '?');
}
