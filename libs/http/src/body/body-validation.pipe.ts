import { ValidationPipe, type ArgumentMetadata, type ValidationError } from '@nestjs/common';
import { instanceToPlain, plainToInstance, type ClassConstructor } from 'class-transformer';
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
      transformerPackage: { plainToInstance: instanceOf, classToPlain: instanceToPlain },
      validationError: { target: true, value: false },
      exceptionFactory: (errors) => validationFailed(fieldErrorsOf(errors)),
    });
  }

  override async transform(value: unknown, metadata: ArgumentMetadata): Promise<unknown> {
    return metadata.type === 'body' ? super.transform(value, metadata) : value;
  }

  /** Nest would delete members named `constructor` and `prototype`, also deep in a caller's data. */
  protected override stripProtoKeys(): void {}
}

/** class-transformer leaves members of these names out in silence; an unknown field is refused. */
const SKIPPED_NAMES: ReadonlySet<string> = new Set(Object.getOwnPropertyNames(Object.prototype));

/**
 * An instance of a DTO class. What class-transformer cannot handle is always a field that the class
 * does not know, with a member `constructor` in it, because `@AnyJson` fields are not looked into.
 *
 * @throws ProblemError `VALIDATION_FAILED`
 */
function instanceOf<T>(type: ClassConstructor<T>, plain: unknown, options?: object): T | T[] {
  const names = typeof plain === 'object' && plain !== null ? Object.keys(plain) : [];
  const skipped = names.filter((name) => SKIPPED_NAMES.has(name));
  if (skipped.length > 0) {
    throw validationFailed(skipped.map((field) => ({ field, message: 'is not a known field' })));
  }
  try {
    return plainToInstance(type, plain, options);
  } catch {
    throw validationFailed([{ field: 'body', message: 'has a field that is not known' }]);
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
