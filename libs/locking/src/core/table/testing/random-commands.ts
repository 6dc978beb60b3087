import type { LockMode, WantedLock } from '../../commands/holder.js';
import type { DueLease, LockCommand } from '../../commands/lock-command.js';
import type { LockTable } from '../lock-table.js';
import type { IdempotentRequest } from '../ports.js';

/** What happens next: a command, by whom, or the close of a proposer. */
export interface RandomStep {
  readonly command: LockCommand | null;
  readonly proposer: string;
  readonly key: IdempotentRequest | null;
  readonly term: number;
}

export const RANDOM_TERM = 7;

/** Draws integers of `[0, bound)`. */
export type Draw = (bound: number) => number;

const OWNERS = ['one', 'two', 'three', 'four'];
const SESSIONS = ['s1', 's2', 's3'];

/** Commands that mostly mean something in the present state of a table, and meet each other. */
export class RandomCommands {
  /** One that is closed never comes back: another takes its turn. */
  private readonly proposers = ['p1', 'p2', 'p3'];
  private opened = 3;

  constructor(
    private readonly draw: Draw,
    private readonly names: readonly string[] = ['a', 'b', 'c'],
  ) {}

  next(table: LockTable): RandomStep {
    const at = this.draw(this.proposers.length);
    const proposer = this.proposers[at] ?? '';
    const key = this.chance(10) ? this.key() : null;
    const term = this.chance(20) ? RANDOM_TERM - 1 : RANDOM_TERM;
    if (this.chance(60)) {
      this.opened += 1;
      this.proposers[at] = `p${this.opened}`;
      return { command: null, proposer, key: null, term: RANDOM_TERM };
    }
    return { command: this.command(table), proposer, key, term };
  }

  private command(table: LockTable): LockCommand {
    const at = this.draw(100);
    if (at < 45) return this.acquire(table);
    if (at < 65) return this.release(table);
    if (at < 68) return this.renew(table);
    if (at < 75) return { kind: 'cancel', waiterId: this.waiterId(table), release: this.chance(2) };
    if (at < 77) return { kind: 'break', name: this.pick(this.names) };
    if (at < 82) return this.createSession();
    if (at < 84) return { kind: 'end-session', sessionId: this.pick(SESSIONS) };
    if (at < 92) return { kind: 'expire', term: RANDOM_TERM, leases: this.due(table) };
    if (at < 94) return { kind: 'abandon', term: RANDOM_TERM, waiters: [this.waiterId(table)] };
    return { kind: 'sweep' };
  }

  private acquire(table: LockTable): LockCommand {
    const alive = SESSIONS.filter((id) => table.session(id) !== undefined);
    const inSession = alive.length > 0 && this.chance(3);
    return {
      kind: 'acquire',
      sessionId: inSession ? this.pick(alive) : this.chance(40) ? 'nobody' : null,
      owner: this.pick(OWNERS),
      locks: this.locks(),
      ttlMs: 100 + this.draw(3),
      lockDelayMs: this.chance(3) ? 1 + this.draw(5) : 0,
      metadata: this.chance(5) ? `{"n":${this.draw(9)}}` : null,
      wait: !this.chance(4),
    };
  }

  private locks(): readonly WantedLock[] {
    const mode = (): LockMode => (this.chance(2) ? 'shared' : 'exclusive');
    const names = this.chance(3) ? this.names.filter(() => this.chance(2)) : [];
    const wanted = names.length === 0 ? [this.pick(this.names)] : names;
    if (this.chance(2)) wanted.reverse();
    return wanted.map((name) => ({ name, mode: mode() }));
  }

  private release(table: LockTable): LockCommand {
    const [first, ...others] = this.held(table);
    if (first === undefined)
      return { kind: 'release', owner: 'one', locks: [{ name: 'a', token: 1 }] };
    const same = others.filter(({ owner, name }) => owner === first.owner && name !== first.name);
    const together = this.chance(4) ? [first, ...same.slice(0, 1)] : [first];
    const locks = together.map(({ name, token, olderToken }) => ({
      name,
      token: this.chance(3) ? (olderToken ?? token) : token,
    }));
    return { kind: 'release', owner: this.chance(20) ? 'other' : first.owner, locks };
  }

  private renew(table: LockTable): LockCommand {
    const [hold] = this.held(table);
    const { owner, name, token } = hold ?? { owner: 'one', name: 'a', token: 1 };
    const ttlMs = this.chance(2) ? null : 200;
    return { kind: 'renew', owner, locks: [{ name, token }], ttlMs };
  }

  private createSession(): LockCommand {
    const lockDelayMs = this.chance(2) ? 0 : 1 + this.draw(5);
    const sessionId = this.pick(SESSIONS);
    return { kind: 'create-session', sessionId, ttlMs: 1_000, lockDelayMs, name: null };
  }

  private due(table: LockTable): readonly DueLease[] {
    const leases: DueLease[] = [];
    for (const { id, sessionId, leaseIndex } of this.held(table).slice(0, 1 + this.draw(3))) {
      if (sessionId !== null) leases.push({ kind: 'session', sessionId, leaseIndex });
      else leases.push({ kind: 'hold', holdId: id, leaseIndex: leaseIndex - this.late() });
    }
    for (const { name, leaseIndex } of table.delays()) {
      if (this.chance(2))
        leases.push({ kind: 'delay', name, leaseIndex: leaseIndex - this.late() });
    }
    return leases;
  }

  /** The living holds, beginning with any. */
  private held(table: LockTable) {
    const holds = [...table.holds()];
    const from = holds.length === 0 ? 0 : this.draw(holds.length);
    return [...holds.slice(from), ...holds.slice(0, from)];
  }

  private waiterId(table: LockTable): number {
    const ids = [...table.holds()].flatMap(({ waiters }) =>
      waiters.map(({ waiterId }) => waiterId),
    );
    for (let id = 1; id < 200; id += 1) if (table.waiter(id) !== undefined) ids.push(id);
    return ids.length === 0 ? 1 : this.pick(ids);
  }

  private key(): IdempotentRequest {
    return { scope: `k${this.draw(6)}`, fingerprint: this.chance(6) ? 'other' : 'same' };
  }

  private late(): number {
    return this.chance(10) ? 1 : 0;
  }

  private pick<Item>(items: readonly Item[]): Item {
    const item = items[this.draw(items.length)];
    if (item === undefined) throw new Error('nothing to pick from');
    return item;
  }

  private chance(oneIn: number): boolean {
    return this.draw(oneIn) === 0;
  }
}

/** A stream of numbers that looks random and is the same for the same seed. */
export function seededDraw(seed: number): Draw {
  let state = (seed * 2_654_435_761 + 1) >>> 0;
  return (bound) => {
    // xorshift32: small, and good enough to pick commands.
    state ^= state << 13;
    state >>>= 0;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state % bound;
  };
}
