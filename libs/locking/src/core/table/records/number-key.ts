import { MalformedValue } from '@sinkron/fields';

/** Digits of the largest integer below 2^53. */
const DIGITS = 16;

/** A key whose byte order is the order of the numbers. */
export function numberKey(value: number): string {
  return String(value).padStart(DIGITS, '0');
}

/** @throws MalformedValue unless {@link numberKey} made the key of a number from 1. */
export function readNumberKey(key: string): number {
  const value = Number(key);
  if (!Number.isSafeInteger(value) || value < 1 || numberKey(value) !== key) {
    throw new MalformedValue('a key', `${DIGITS} digits`);
  }
  return value;
}
