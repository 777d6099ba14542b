/** JavaScript's syntax that RE2, the API server's engine, does not have or reads differently. */
const UNSAFE: readonly (readonly [RegExp, string])[] = [
  [/\(\?(?!:)/, 'a look-around, flag or named group'],
  [/\\[1-9k]/, 'a back-reference'],
  [/\\[uc]/, 'an escape that RE2 does not know'],
  [/\[\^?\]/, 'an empty character class'],
  [/\{(\d{4,}|\d+,\d{4,})\}/, 'a repetition of more than 999'],
];

/** The source of a pattern as the API server takes it; throws for what RE2 cannot evaluate. */
export function safePattern(pattern: RegExp): string {
  if (pattern.flags !== '') throw new Error(`pattern ${String(pattern)}: flags cannot be expressed`);
  const source = pattern.source.replaceAll('\\/', '/');
  const withoutEscapedBackslashes = source.replaceAll('\\\\', '');
  for (const [unsafe, name] of UNSAFE) {
    if (unsafe.test(withoutEscapedBackslashes)) throw new Error(`pattern /${source}/ uses ${name}`);
  }
  return source;
}
