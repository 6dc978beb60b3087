import { ApiProperty } from '@nestjs/swagger';
import { registerDecorator } from 'class-validator';

/**
 * A JSON integer of a body within bounds, checked and documented together, so that a value of the
 * wrong type gets one message and not three.
 */
export function IsIntegerBetween(
  min: number,
  max: number,
  document: Parameters<typeof ApiProperty>[0] = {},
): PropertyDecorator {
  return (target, property) => {
    ApiProperty({ type: 'integer', minimum: min, maximum: max, ...document })(target, property);
    registerDecorator({
      name: 'isIntegerBetween',
      target: target.constructor,
      propertyName: String(property),
      validator: {
        validate: (value: unknown) =>
          typeof value === 'number' && Number.isSafeInteger(value) && value >= min && value <= max,
        defaultMessage: () => `must be an integer from ${min} to ${max}`,
      },
    });
  };
}
