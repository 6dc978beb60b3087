import { Injectable, type ArgumentMetadata, type PipeTransform } from '@nestjs/common';
import { validate, type ValidationError } from 'class-validator';
import { validationFailed, type FieldError } from '../problem/problem-error.js';
import type { BodyClass } from './body-class.js';
import { bodyInstance } from './body-instance.js';
import { validInstance } from './compiled-body.js';

/**
 * Validates bodies by the class-validator decorators of their DTO class: unknown fields are refused
 * and no type is coerced. Valid bodies are taken by compiled checks, the others are class-validator's. Path
 * and query parameters have pipes of their own and pass untouched, as do bodies whose parameter has
 * no class.
 */
@Injectable()
export class BodyValidationPipe implements PipeTransform {
  /** @throws ProblemError `VALIDATION_FAILED` */
  transform(value: unknown, { type, metatype }: ArgumentMetadata): unknown {
    if (type !== 'body' || !isBodyClass(metatype)) return value;
    if (typeof value !== 'object' || value === null || Buffer.isBuffer(value)) return value;
    return validInstance(metatype, value) ?? judge(metatype, value);
  }
}

/**
 * What class-validator says about a body: its instance, or the refusal with every wrong field.
 *
 * @throws ProblemError `VALIDATION_FAILED`
 */
export async function judge(type: BodyClass, body: object): Promise<object> {
  const errors: FieldError[] = [];
  const instance = bodyInstance(type, body, errors);
  const faults = await validate(instance, {
    // A DTO without fields is legal.
    forbidUnknownValues: false,
    stopAtFirstError: false,
    validationError: { target: true, value: false },
  });
  // Not pushed as arguments: there may be more of them than a call can have.
  const all = errors.concat(fieldErrorsOf(faults));
  if (all.length > 0) throw validationFailed(all);
  return instance;
}

/** Whether a parameter has a class of ours; interfaces and records have `Object` at run time. */
function isBodyClass(metatype: ArgumentMetadata['metatype']): metatype is BodyClass {
  const builtIn: readonly unknown[] = [Object, Array, Buffer, String, Number, Boolean];
  return metatype !== undefined && !builtIn.includes(metatype);
}

/** Flattens class-validator's tree to paths like `messages[3].priority`, in the order of the fields. */
export function fieldErrorsOf(errors: readonly ValidationError[], parent = ''): FieldError[] {
  return errors.flatMap((error) => {
    const field = pathOf(error, parent);
    const own = Object.values(error.constraints ?? {}).map((message) => ({
      field,
      message: messageOf(message, error.property),
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
function messageOf(message: string, property: string): string {
  return message.startsWith(`${property} `) ? message.slice(property.length + 1) : message;
}
