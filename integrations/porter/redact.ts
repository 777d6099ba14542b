/** What stands in a text in the place of a secret value. */
export const REDACTED = '*******';

/** Shorter values appear in ordinary words, and hiding them would hide the text. */
const SHORTEST = 3;

/**
 * The text without the given secret values, as they are, and as JSON, base64 and percent encoding write them. Longer
 * values go first, so that a secret that contains another one leaves no remainder; of a value of several lines each
 * line is hidden by itself too.
 */
export function redact(text: string, secrets: Iterable<string>): string {
  const forms = new Set([...secrets].flatMap(formsOf).filter((form) => form.length >= SHORTEST));
  return [...forms].sort((a, b) => b.length - a.length).reduce((rest, form) => rest.replaceAll(form, REDACTED), text);
}

function formsOf(secret: string): string[] {
  const trimmed = secret.trim();
  if (trimmed.length < SHORTEST) return [];
  const lines = trimmed.split(/\r?\n/).map((line) => line.trim());
  return [secret, trimmed, ...lines.filter((line) => line.length >= 8)].flatMap((form) => [
    form,
    JSON.stringify(form).slice(1, -1),
    JSON.stringify(JSON.stringify(form).slice(1, -1)).slice(1, -1),
    encodeURIComponentSafely(form),
    Buffer.from(form).toString('base64'),
    Buffer.from(form).toString('base64').replace(/=+$/, ''),
  ]);
}

/** `encodeURIComponent` throws on a lone surrogate. */
function encodeURIComponentSafely(text: string): string {
  return encodeURIComponent(Buffer.from(text).toString());
}
