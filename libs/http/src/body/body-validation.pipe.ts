import { ValidationPipe, type ArgumentMetadata, type ValidationError } from '@nestjs/common';
import { validationFailed, type FieldError } from '../problem/problem-error.js';

/**
 * Validates bodies by the class-validator decorators of their DTO class: unknown fields are refused
 * and no type is coerced. Path and query parameters have pipes of their own and pass untouched;
 * Nest's pipe would turn `0x10` into 16 before they see it.
 */
export class BodyValidationPipe extends ValidationPipe {
  constructor() {
    super({
      whitelist: true,
      forbidNonWhitelisted: true,
      // A DTO without fields is legal; whitelist refuses what it does not know.
      forbidUnknownValues: false,
      transform: true,
      transformOptions: { enableImplicitConversion: false, exposeDefaultValues: true },
      stopAtFirstError: false,
      validationError: { target: true, value: false },
      exceptionFactory: (errors) => validationFailed(fieldErrorsOf(errors)),
    });
  }

  override async transform(value: unknown, metadata: ArgumentMetadata): Promise<unknown> {
    return metadata.type === 'body' ? super.transform(value, metadata) : value;
  }
}

/** Flattens class-validator's tree to paths like `messages[3].priority`, in the order of the fields. */
export function fieldErrorsOf(errors: readonly ValidationError[], parent = ''): FieldError[] {
  return errors.flatMap((error) => {
    const field = pathOf(error, parent);
    const own = Object.entries(error.constraints ?? {}).map(([constraint, message]) => ({
      field,
      message: messageOf(constraint, message, error.property),
    }));
    // class-validator lists constraints from the last decorator to the first.
    return [...own.toReversed(), ...fieldErrorsOf(error.children ?? [], field)];
  });
}

function pathOf({ target, property }: ValidationError, parent: string): string {
  if (Array.isArray(target)) return `${parent}[${property}]`;
  return parent === '' ? property : `${parent}.${property}`;
}

/** The message without the field's name, which stands beside it. */
function messageOf(constraint: string, message: string, property: string): string {
  if (constraint === 'whitelistValidation') return 'is not a known field';
  return message.startsWith(`${property} `) ? message.slice(property.length + 1) : message;
}
