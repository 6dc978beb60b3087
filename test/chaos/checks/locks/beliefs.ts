import type { LockMode, LockRecord } from '../../../linearizability/lock-history.js';

/** A hold of which its client may be sure, by its own clock, from the answer to the end of the lease. */
export interface Belief {
  readonly name: string;
  readonly owner: string;
  readonly sessionId: string | null;
  readonly token: number;
  readonly mode: LockMode;
  readonly ttlMs: number;
  /** When its owner asked for the lock first: the token was granted later. Milliseconds. */
  readonly askedAt: number;
  /** When the grant was answered. */
  readonly from: number;
  /** The end of the lease unless it is given back: what the last sign of life promised. */
  leaseUntil: number;
  /** The same, or earlier when a release, break or end of the session was under way. */
  until: number;
}

/**
 * The holds of a history as their clients had to see them.
 *
 * A lease counts from before its request was sent. A hold never comes back under its token, nor a
 * session under its id: so each sign of life proves that it lived from its grant on. Whatever may
 * have ended a hold, known or unknown, ends the belief in it when it was sent.
 *
 * Owners are used for one thing only, so that a late request does not meddle with the next.
 */
export class Beliefs {
  /** When each session's lease ends by its client's clock. */
  readonly sessionEnds: ReadonlyMap<string, number>;
  /** Names of locks that an operator has broken, or tried to. */
  readonly broken: ReadonlySet<string>;
  private readonly byName = new Map<string, Belief[]>();
  private readonly bySession = new Map<string, Belief[]>();
  private readonly asked = new Map<string, number>();

  constructor(records: readonly LockRecord[]) {
    this.sessionEnds = endsOfSessions(records);
    this.broken = new Set(
      records.flatMap(({ input }) => (input.kind === 'break' ? [input.name] : [])),
    );
    for (const record of records) this.noteAsked(record);
    for (const record of records) this.learn(record);
    for (const record of records) this.prolong(record);
    for (const record of records) this.forget(record);
  }

  get all(): readonly Belief[] {
    return [...this.byName.values()].flat();
  }

  get names(): readonly string[] {
    return [...this.byName.keys()];
  }

  of(name: string): readonly Belief[] {
    return this.byName.get(name) ?? [];
  }

  private noteAsked({ input, invokedAt }: LockRecord): void {
    if (input.kind !== 'acquire') return;
    for (const { name } of input.locks) {
      const key = `${name} ${input.owner}`;
      this.asked.set(key, Math.min(invokedAt, this.asked.get(key) ?? invokedAt));
    }
  }

  private learn({ input, output, invokedAt, returnedAt }: LockRecord): void {
    if (input.kind !== 'acquire' || output?.status !== 'granted' || returnedAt === null) return;
    const { owner, sessionId, ttlMs } = input;
    const until = sessionId === null ? invokedAt + ttlMs : (this.sessionEnds.get(sessionId) ?? 0);
    for (const { name, token, mode } of output.locks) {
      const known = this.of(name).find((one) => one.owner === owner && one.token === token);
      if (known !== undefined) {
        extend(known, until);
        continue;
      }
      const askedAt = this.asked.get(`${name} ${owner}`) ?? invokedAt;
      const belief: Belief = {
        name,
        owner,
        sessionId,
        token,
        mode,
        ttlMs,
        askedAt,
        from: returnedAt,
        leaseUntil: until,
        until,
      };
      push(this.byName, name, belief);
      if (sessionId !== null) push(this.bySession, sessionId, belief);
    }
  }

  private prolong({ input, output, invokedAt }: LockRecord): void {
    if (input.kind !== 'renew' || output?.status !== 'renewed') return;
    for (const { name } of input.locks) {
      for (const belief of this.of(name)) {
        if (belief.owner !== input.owner || belief.sessionId !== null) continue;
        extend(belief, invokedAt + belief.ttlMs);
      }
    }
  }

  private forget({ input, output, invokedAt, returnedAt }: LockRecord): void {
    if (output?.status === 'not-done') return;
    switch (input.kind) {
      case 'release':
        for (const { name } of input.locks) {
          // Each token of a holder is good for each of its holds.
          for (const belief of this.of(name))
            if (belief.owner === input.owner) cut(belief, invokedAt);
        }
        return;
      case 'break':
        for (const belief of this.of(input.name)) {
          // Granted before the break, perhaps, and answered after it.
          if (belief.askedAt < (returnedAt ?? Infinity)) cut(belief, invokedAt);
        }
        return;
      case 'end-session':
        for (const belief of this.bySession.get(input.sessionId) ?? []) cut(belief, invokedAt);
        return;
      case 'acquire':
      case 'renew':
      case 'get':
      case 'create-session':
      case 'keep-alive':
        return;
    }
  }
}

function endsOfSessions(records: readonly LockRecord[]): ReadonlyMap<string, number> {
  const ttls = new Map<string, number>();
  const ends = new Map<string, number>();
  for (const { input, output, invokedAt } of records) {
    if (input.kind !== 'create-session' || output?.status !== 'created') continue;
    ttls.set(output.sessionId, input.ttlMs);
    ends.set(output.sessionId, invokedAt + input.ttlMs);
  }
  for (const { input, output, invokedAt } of records) {
    if (input.kind !== 'keep-alive' || output?.status !== 'alive') continue;
    const until = invokedAt + (ttls.get(input.sessionId) ?? 0);
    ends.set(input.sessionId, Math.max(ends.get(input.sessionId) ?? 0, until));
  }
  return ends;
}

function extend(belief: Belief, until: number): void {
  belief.leaseUntil = Math.max(belief.leaseUntil, until);
  belief.until = belief.leaseUntil;
}

function cut(belief: Belief, at: number): void {
  belief.until = Math.min(belief.until, Math.max(at, belief.from));
}

function push<Value>(lists: Map<string, Value[]>, key: string, value: Value): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [value]);
  else list.push(value);
}
