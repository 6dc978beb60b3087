import { ApiProperty } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { registerDecorator, ValidateNested } from 'class-validator';
import { LIST_RULE, type BodyClass } from '../body-class.js';

/**
 * A list of a body whose items are objects of a class, validated by its decorators and documented.
 *
 * class-validator alone takes lists within lists for lists of objects.
 */
export function IsListOf(
  item: () => BodyClass,
  { countMin, countMax }: { readonly countMin: number; readonly countMax: number },
  document: Parameters<typeof ApiProperty>[0] = {},
): PropertyDecorator {
  return (target, property) => {
    ApiProperty({
      // Lazily: the class may be declared further down.
      type: () => [item()],
      minItems: countMin,
      maxItems: countMax,
      ...document,
    } as Parameters<typeof ApiProperty>[0])(target, property);
    Type(item)(target, property);
    ValidateNested({ each: true })(target, property);
    registerDecorator({
      name: LIST_RULE,
      target: target.constructor,
      propertyName: String(property),
      constraints: [countMin, countMax],
      validator: {
        validate: (value: unknown) =>
          Array.isArray(value) &&
          value.length >= countMin &&
          value.length <= countMax &&
          value.every(isObject),
        defaultMessage: () => `must be a list of ${countMin} to ${countMax} objects`,
      },
    });
  };
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
