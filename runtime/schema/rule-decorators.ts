import { markClass, markField } from './metadata.js';
import type { ClassOf, ValidationRule } from './metadata.js';

type RuleDecorator = ClassDecorator & PropertyDecorator;

/** A CEL rule on a class or a field; `message` says what is wrong and what to do. */
export function CelRule(
  rule: string,
  message: string,
  options: Omit<ValidationRule, 'rule' | 'message'> = {},
): RuleDecorator {
  return (target: object, field?: string | symbol) => {
    const rules = [{ rule, message, ...options }];
    if (field === undefined) markClass(target as ClassOf, { rules });
    else markField(target, field, { rules });
  };
}

/** The field keeps its first value; `message` says what to do instead of changing it. */
export function Immutable(message: string): PropertyDecorator {
  return CelRule('self == oldSelf', message);
}

/** On a class: one and only one of these fields is set. */
export function ExactlyOneOf(fields: readonly string[], message: string): ClassDecorator {
  return CelRule(`[${fields.map(isSet).join(', ')}].filter(set, set).size() == 1`, message);
}

/** On a class: one of these fields at least is set. */
export function AtLeastOneOf(fields: readonly string[], message: string): ClassDecorator {
  return CelRule(fields.map(isSet).join(' || '), message);
}

function isSet(field: string): string {
  return `has(self.${field})`;
}
