/** Rules of an Installation's spec that the schema cannot express. */

/** Bytes of JSON; with the document's other fields it must fit a Secret several times over. */
const MAX_PARAMETERS_BYTES = 256 * 1024;
const MAX_DEPTH = 64;

/** What is wrong with `spec.parameters`, naming the field and the way out; undefined if nothing is. */
export function parametersProblem(parameters: Readonly<Record<string, unknown>> | undefined): string | undefined {
  for (const [name, value] of Object.entries(parameters ?? {})) {
    const problem = valueProblem(value, 1);
    if (problem !== undefined) return `spec.parameters.${printable(name)} ${problem}`;
  }
  const size = Buffer.byteLength(JSON.stringify(parameters ?? {}));
  return size > MAX_PARAMETERS_BYTES
    ? `spec.parameters is ${size} bytes of JSON, more than ${MAX_PARAMETERS_BYTES}: keep large values in Secrets, by a ParameterSet`
    : undefined;
}

function valueProblem(value: unknown, depth: number): string | undefined {
  if (depth > MAX_DEPTH) return `is nested deeper than ${MAX_DEPTH} levels: make it flatter, or pass it as text`;
  if (typeof value === 'number' && Number.isInteger(value) && !Number.isSafeInteger(value) && Math.abs(value) < 1e21) {
    return 'is an integer beyond 2^53, whose digits would not arrive unchanged: write it in quotes';
  }
  if (typeof value !== 'object' || value === null) return undefined;
  for (const part of Object.values(value)) {
    const problem = valueProblem(part, depth + 1);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

/** A name as it may stand in a condition: short, and without characters that change how text is shown. */
function printable(name: string): string {
  return name.slice(0, 64).replace(/[^\x20-\x7e]/g, '?');
}
