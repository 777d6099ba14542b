type Labels = Readonly<Record<string, string>>;
type Requirement = (labels: Labels) => boolean;

/** Whether `labels` satisfy a selector as `kubectl -l` takes it: `a=b`, `a!=b`, `a in (x,y)`, `a notin (x)`, `a`, `!a`. */
export function matchesSelector(selector: string, labels: Labels = {}): boolean {
  return splitOutsideParentheses(selector).every((part) => requirement(part.trim())(labels));
}

function requirement(text: string): Requirement {
  const set = /^(\S+)\s+(in|notin)\s*\(([^)]*)\)$/.exec(text);
  if (set !== null) {
    const [, key = '', operator, list = ''] = set;
    const values = list.split(',').map((value) => value.trim());
    return (labels) => values.includes(labels[key] ?? NONE) === (operator === 'in');
  }
  const [, key = '', operator, value = ''] = /^([^=!\s]+)\s*(==|=|!=)\s*(\S*)$/.exec(text) ?? [];
  if (operator !== undefined) return (labels) => (labels[key] === value) === (operator !== '!=');
  return text.startsWith('!') ? (labels) => !(text.slice(1).trim() in labels) : (labels) => text in labels;
}

/** No label has it: values are at most 63 characters of a small alphabet. */
const NONE = '\0';

function splitOutsideParentheses(selector: string): string[] {
  return selector.split(/,(?![^(]*\))/).filter((part) => part.trim() !== '');
}
