import { ValidateBy } from 'class-validator';

/** A JSON number within bounds, whole or not. */
export function IsNumberBetween(min: number, max: number): PropertyDecorator {
  return ValidateBy({
    name: 'isNumberBetween',
    validator: {
      validate: (value: unknown) => typeof value === 'number' && value >= min && value <= max,
      defaultMessage: () => `must be a number from ${min} to ${max}`,
    },
  });
}

/** An object, and no list: class-validator's own rule for nested objects takes lists of them, too. */
export function IsObjectOf(fields: string): PropertyDecorator {
  return ValidateBy({
    name: 'isObjectOf',
    validator: {
      validate: (value: unknown) =>
        typeof value === 'object' && value !== null && !Array.isArray(value),
      defaultMessage: () => `must be an object of ${fields}`,
    },
  });
}
