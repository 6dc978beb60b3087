import { getMetadataStorage, ValidationTypes } from 'class-validator';
import { nestedClass, rulesOf, type BodyClass } from './body-class.js';

type Rule = ReturnType<typeof rulesOf>[number];
type Instance = Record<string, unknown>;
type Check = (instance: Instance, value: unknown) => boolean;

interface Field {
  readonly name: string;
  /** The class of the objects that the field holds. */
  readonly nested: BodyClass | undefined;
  /** All must hold, or the checks do not count. */
  readonly conditions: readonly Check[];
  readonly checks: readonly Check[];
}

/** What bodies of a class must be like; null: it has rules that only class-validator knows. */
type Plan = ReadonlyMap<string, Field> | null;

const plans = new WeakMap<BodyClass, Plan>();

/**
 * The instance of a DTO class for a valid JSON object, by checks compiled once from the class'
 * decorators. Nothing is allocated for errors: what this function does not take, class-validator
 * judges.
 *
 * @returns undefined when the body is not valid, or when that is not for this function to say.
 */
export function validInstance(type: BodyClass, body: object): object | undefined {
  const plan = planOf(type);
  if (plan === null) return undefined;
  const instance = instanceOf(type, plan, body);
  return instance !== undefined && isValid(plan, instance) ? instance : undefined;
}

function instanceOf(type: BodyClass, plan: NonNullable<Plan>, body: object): Instance | undefined {
  const instance = new type() as Instance;
  for (const [name, value] of Object.entries(body)) {
    const field = plan.get(name);
    if (field === undefined) return undefined;
    const kept = field.nested === undefined ? value : nestedValue(field.nested, value);
    if (kept === undefined) return undefined;
    instance[name] = kept;
  }
  return instance;
}

/** Objects and lists of objects; class-validator judges whatever else stands there. */
function nestedValue(type: BodyClass, value: unknown): unknown {
  const plan = planOf(type);
  if (plan === null || typeof value !== 'object' || value === null) return undefined;
  if (!Array.isArray(value)) return instanceOf(type, plan, value);
  const items: Instance[] = [];
  for (const item of value) {
    if (typeof item !== 'object' || item === null || Array.isArray(item)) return undefined;
    const instance = instanceOf(type, plan, item);
    if (instance === undefined) return undefined;
    items.push(instance);
  }
  return items;
}

function isValid(plan: NonNullable<Plan>, instance: Instance): boolean {
  for (const { name, nested, conditions, checks } of plan.values()) {
    const value = instance[name];
    if (!conditions.every((condition) => condition(instance, value))) continue;
    if (!checks.every((check) => check(instance, value))) return false;
    if (nested !== undefined && value !== undefined && !isNestedValid(nested, value)) return false;
  }
  return true;
}

function isNestedValid(type: BodyClass, value: unknown): boolean {
  const plan = planOf(type);
  // A default of the class may be anything, and of a class that has no plan.
  if (plan === null) return false;
  const items: readonly unknown[] = Array.isArray(value) ? value : [value];
  return items.every((item) => item instanceof type && isValid(plan, item as Instance));
}

function planOf(type: BodyClass): Plan {
  const known = plans.get(type);
  if (known !== undefined) return known;
  const plan = compile(type);
  plans.set(type, plan);
  return plan;
}

function compile(type: BodyClass): Plan {
  const byName = new Map<string, Rule[]>();
  for (const rule of rulesOf(type)) {
    byName.set(rule.propertyName, [...(byName.get(rule.propertyName) ?? []), rule]);
  }
  const fields = new Map<string, Field>();
  for (const [name, rules] of byName) {
    const field = compileField(type, name, rules);
    if (field === null) return null;
    fields.set(name, field);
  }
  return fields;
}

function compileField(type: BodyClass, name: string, rules: readonly Rule[]): Field | null {
  const nested = nestedClass(type, name);
  const isNested = rules.some((rule) => rule.type === ValidationTypes.NESTED_VALIDATION);
  if (isNested !== (nested !== undefined)) return null;
  const conditions: Check[] = [];
  const checks: Check[] = [];
  for (const rule of rules) {
    switch (rule.type) {
      case ValidationTypes.WHITELIST:
      case ValidationTypes.NESTED_VALIDATION:
        break;
      case ValidationTypes.CONDITIONAL_VALIDATION: {
        const condition: (instance: object, value: unknown) => unknown = rule.constraints[0];
        conditions.push((instance, value) => Boolean(condition(instance, value)));
        break;
      }
      case ValidationTypes.IS_DEFINED:
      case ValidationTypes.CUSTOM_VALIDATION: {
        const compiled = compileChecks(type, name, rule);
        if (compiled === null) return null;
        checks.push(...compiled);
        break;
      }
      default:
        return null;
    }
  }
  return { name, nested, conditions, checks };
}

/** Null for rules that answer later, that look at each item of a list or only at some times. */
function compileChecks(type: BodyClass, property: string, rule: Rule): Check[] | null {
  if (rule.each || rule.validateIf !== undefined) return null;
  const validators = getMetadataStorage().getTargetValidatorConstraints(rule.constraintCls);
  if (validators.some(({ async }) => async)) return null;
  return validators.map(({ instance: validator }) => (object: Instance, value: unknown) => {
    const { constraints } = rule;
    const verdict: unknown = validator.validate(value, {
      targetName: type.name,
      property,
      object,
      value,
      constraints,
    });
    // A promise is no verdict yet: class-validator waits for it.
    return verdict === true;
  });
}
