type Annotations = Readonly<Record<string, string>>;

/** What we have written as JSON into an annotation; undefined where it is absent, or somebody has changed it into something else. */
export function jsonAnnotation<T>(
  annotations: Annotations | undefined,
  name: string,
  isValid: (value: unknown) => value is T,
): T | undefined {
  const text = annotations?.[name];
  if (text === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return isValid(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Whether the value is an object whose fields have these types (`typeof`); those with `?` may be absent. */
export function hasFields(value: unknown, fields: Readonly<Record<string, string>>): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const given = value as Readonly<Record<string, unknown>>;
  return Object.entries(fields).every(([name, type]) => {
    const isOptional = type.endsWith('?');
    if (given[name] === undefined) return isOptional;
    return typeof given[name] === (isOptional ? type.slice(0, -1) : type);
  });
}
