// The build of an application takes only files that are imported or named, and a declaration of
// another package's module cannot be imported.
// oxlint-disable-next-line typescript/triple-slash-reference
/// <reference path="./class-transformer-storage.d.ts" />
import { defaultMetadataStorage } from 'class-transformer/cjs/storage.js';
import { getMetadataStorage } from 'class-validator';

/** A class whose fields have class-validator decorators, made without arguments. */
export type BodyClass = new () => object;

/** What class-validator knows about the fields of a class, those that it inherits included. */
export function rulesOf(type: BodyClass) {
  return getMetadataStorage().getTargetValidationMetadatas(type, '', false, false);
}

/** The class that a field has by class-transformer's `@Type`. */
export function nestedClass(type: BodyClass, name: string): BodyClass | undefined {
  const declaration = defaultMetadataStorage.findTypeMetadata(type, name);
  // The decorator takes any function that returns a class, and DTO classes have no arguments.
  return declaration?.typeFunction?.() as BodyClass | undefined;
}

/** The name of the rule of `@IsListOf`, whose constraints are `[countMin, countMax]`. */
export const LIST_RULE = 'isListOf';

/** The items that a field may have by `@IsListOf`; undefined for fields without it. */
export function listCountMax(type: BodyClass, name: string): number | undefined {
  const rule = rulesOf(type).find((one) => one.propertyName === name && one.name === LIST_RULE);
  const countMax: unknown = rule?.constraints[1];
  return typeof countMax === 'number' ? countMax : undefined;
}
