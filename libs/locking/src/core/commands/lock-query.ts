import { choiceField, fieldsOf, integerField, optionalTextField, textField } from '../fields.js';
import { LIST_LOCKS_MAX, LOCK_NAME_BYTES_MAX } from '../limits.js';
import type { Holder, LockMode } from '../table/lock.js';
import { readLockName } from './lock-command.js';

/** Reads one lock; answered by a {@link LockView}, or null when it is free. */
export interface GetQuery {
  readonly kind: 'get';
  readonly name: string;
}

/** Reads a page of held locks in byte order of names; answered by a {@link LockPage}. */
export interface ListQuery {
  readonly kind: 'list';
  readonly prefix: string;
  /** The last name of the page before, or null. */
  readonly after: string | null;
  readonly limit: number;
}

export type LockQuery = GetQuery | ListQuery;

/** A holder as readers see it; `expiresAtMs` is the leader's own deadline where it answers. */
export type HolderView = Omit<Holder, 'leaseIndex'>;

export interface LockView {
  readonly name: string;
  readonly mode: LockMode;
  readonly holders: readonly HolderView[];
  /** Nobody waits in this version. */
  readonly queue: readonly never[];
}

export interface LockPage {
  readonly locks: readonly LockView[];
  /** Give it as `after` for the next page; null at the end. */
  readonly next: string | null;
}

/** @throws MalformedValue */
export function readQuery(value: unknown): LockQuery {
  const fields = fieldsOf(value, 'query');
  const kind = choiceField(fields, 'kind', ['get', 'list']);
  switch (kind) {
    case 'get':
      return { kind, name: readLockName(fields) };
    case 'list': {
      const limits = { charsMin: 0, charsMax: LOCK_NAME_BYTES_MAX };
      return {
        kind,
        prefix: textField(fields, 'prefix', limits),
        after: optionalTextField(fields, 'after', limits),
        limit: integerField(fields, 'limit', { min: 1, max: LIST_LOCKS_MAX }),
      };
    }
  }
}
