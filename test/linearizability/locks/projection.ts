import type { LockInput, LockOutput, LockRecord, SeenHolder } from '../records/lock-record.js';
import { namesOf } from '../records/record-reading.js';
import type { LockAnswer, LockCall, LockOperation } from './lock-operation.js';

type Times = Pick<LockCall, 'record' | 'invokedAt' | 'returnedAt'>;

/**
 * What the records say about each of their locks. A call that names several is one operation on
 * each; one that has not happened, or of which nobody knows, is none.
 */
export function lockOperations(records: readonly LockRecord[]): readonly LockOperation[] {
  return records.flatMap((entry, record) => {
    const { client, input, output, invokedAt, returnedAt } = entry;
    if (output === null || returnedAt === null) return [];
    return namesOf(input).flatMap((key): LockOperation[] => {
      const call = callOn(key, input, { record, invokedAt, returnedAt });
      const answer = answerOn(key, output);
      if (call === null || answer === null) return [];
      return [{ client, key, input: call, output: answer, invokedAt, returnedAt }];
    });
  });
}

function callOn(name: string, input: LockInput, times: Times): LockCall | null {
  switch (input.kind) {
    case 'acquire': {
      const { kind, owner, sessionId, ttlMs, lockDelayMs } = input;
      const wanted = input.locks.find((lock) => lock.name === name);
      if (wanted === undefined) return null;
      const party = { owner, sessionId };
      return { ...times, kind, party, mode: wanted.mode, ttlMs, lockDelayMs };
    }
    case 'release':
    case 'renew': {
      const { owner } = input;
      const claimed = input.locks.find((lock) => lock.name === name);
      if (claimed === undefined) return null;
      const { token } = claimed;
      if (input.kind === 'release') return { ...times, kind: 'release', owner, token };
      return { ...times, kind: 'renew', owner, token, ttlMs: input.ttlMs };
    }
    case 'get':
    case 'break':
      return { ...times, kind: input.kind };
    case 'create-session':
    case 'keep-alive':
    case 'end-session':
      return null;
  }
}

/** Null when the answer says nothing about the lock. */
function answerOn(name: string, output: LockOutput): LockAnswer | null {
  switch (output.status) {
    case 'granted':
    case 'renewed': {
      const { status } = output;
      const told = output.locks.find((lock) => lock.name === name);
      if (told === undefined) return null;
      const { token, mode, holds } = told;
      return { status, token, mode, holds };
    }
    case 'released': {
      const left = output.locks.find((lock) => lock.name === name);
      return left === undefined ? null : { status: 'released', holds: left.holds };
    }
    case 'held':
      if (output.name !== name || output.holders === null) return null;
      return { status: 'held', holders: sortedHolders(output.holders) };
    case 'not-holder':
      return output.name === name ? { status: 'not-holder' } : null;
    case 'seen':
      if (output.holders === null) return null;
      return { status: 'seen', mode: output.mode, holders: sortedHolders(output.holders) };
    case 'free':
    case 'broken':
      return { status: output.status };
    case 'refused':
    case 'created':
    case 'alive':
    case 'ended':
    case 'session-not-found':
    case 'not-done':
      return null;
  }
}

function sortedHolders(holders: readonly SeenHolder[]): readonly SeenHolder[] {
  return holders.toSorted((left, right) => left.token - right.token);
}
