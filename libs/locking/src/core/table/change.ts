import { invariant } from '@sinkron/invariant';
import type { LockEffect } from '../commands/lock-effect.js';
import type { LockResult } from '../commands/lock-result.js';
import { RECORDS_PER_COMMAND_MAX, TOKEN_MAX } from '../limits.js';
import type { DeadlockSearch } from '../graph/deadlock-search.js';
import type { Settled, TableContext, Transition } from './ports.js';
import type { LockRecords } from './records/lock-records.js';
import type { Lock } from './state/lock.js';
import type { LockMemory } from './state/lock-memory.js';
import type { Party } from './state/party.js';
import type { Waiter } from './state/waiter.js';

/** One command being applied: what it has changed and what that calls for. */
export class Change {
  readonly effects: LockEffect[] = [];
  readonly settled: Settled[] = [];
  /** Locks whose first waiters may be grantable now, to be looked at in this order. */
  readonly touched = new Set<Lock>();
  /** Waiters that a grant to their own party may have made grantable. */
  readonly candidates: Waiter[] = [];
  /** Parties that wait for others than before, and so may be on a cycle. */
  readonly unsure = new Set<Party>();
  /** Whether a grant was left to the sweeps: then all further ones are, in their order. */
  exhausted = false;
  private readonly counterBefore: number;

  constructor(
    readonly memory: LockMemory,
    readonly records: LockRecords,
    readonly search: DeadlockSearch,
    readonly context: TableContext,
  ) {
    records.begin();
    this.counterBefore = memory.lastToken + memory.lastWaiter;
  }

  /** Records that this command may still write or remove; a settled answer becomes one as well. */
  get room(): number {
    return RECORDS_PER_COMMAND_MAX - this.records.touched - this.settled.length;
  }

  get nowMs(): number {
    return Math.floor(this.context.logTimeMs);
  }

  nextToken(): number {
    const { memory } = this;
    invariant(memory.lastToken < TOKEN_MAX, 'Change: lastToken < TOKEN_MAX', {
      lastToken: memory.lastToken,
    });
    memory.lastToken += 1;
    return memory.lastToken;
  }

  /** Looks for grants at the lock before the command is over. */
  touch(lock: Lock): void {
    if (lock.queue !== null) this.touched.add(lock);
  }

  /** Writes the counter, once for all tokens and numbers taken. */
  transition<Result extends LockResult>(result: Result, remember: boolean): Transition<Result> {
    const { memory, effects, settled } = this;
    if (memory.lastToken + memory.lastWaiter !== this.counterBefore) {
      this.records.putCounter(memory);
    }
    return { result, remember, settled, effects };
  }
}
