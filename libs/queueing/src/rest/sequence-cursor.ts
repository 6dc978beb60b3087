import { encodeCursor, validationFailed } from '@sinkron/http';

/** The cursor of a list in publish order. */
export function sequenceCursor(next: number | null): string | null {
  return next === null ? null : encodeCursor(String(next));
}

/**
 * The sequence that such a cursor stands for.
 *
 * @param after what `Paging` read; undefined: from the start.
 * @throws ProblemError `VALIDATION_FAILED`
 */
export function sequenceAfter(after: string | undefined): number | null {
  if (after === undefined) return null;
  const sequence = /^\d{1,16}$/.test(after) ? Number(after) : Number.NaN;
  if (Number.isSafeInteger(sequence)) return sequence;
  const message = 'must be the nextCursor of an earlier answer';
  throw validationFailed([{ field: 'cursor', message }]);
}
