import { expectPromise } from '../../world/violation.js';

/** What its client knew of a lock, and when, as it asked for it. */
export interface AskedFor {
  /** {@link FencingTokens.toldBefore} of then. */
  readonly before: number;
  /** Virtual microseconds. */
  readonly atUs: number;
}

/** A hold, named by its first token, and its present one. */
interface HoldToken {
  readonly holdId: number;
  readonly token: number;
}

/** Every grant has a token larger than all before it: in the log, and as clients are told. */
export class FencingTokens {
  private lastApplied = 0;
  /** The largest token that a client was told, by lock. */
  private readonly lastTold = new Map<string, number>();
  private readonly holders = new Map<number, string>();
  /** The present token of every hold. */
  private readonly tokenOfHold = new Map<number, number>();
  /** When a token ended, with its hold or by an upgrade; Infinity while it is one's present token. */
  private readonly endedAtUs = new Map<number, number>();

  /** A grant that is no re-entrant one was applied, as the first of all replicas. */
  granted({ holdId, token }: HoldToken, index: number, nowUs: number): void {
    expectPromise(token > this.lastApplied, 'tokens grow along the log', {
      token,
      last: this.lastApplied,
      index,
    });
    this.lastApplied = token;
    this.ended(holdId, nowUs);
    this.tokenOfHold.set(holdId, token);
    this.endedAtUs.set(token, Infinity);
  }

  /** A hold ended, as the first of all replicas applied it. */
  ended(holdId: number, nowUs: number): void {
    const token = this.tokenOfHold.get(holdId);
    if (token === undefined) return;
    this.tokenOfHold.delete(holdId);
    this.endedAtUs.set(token, nowUs);
  }

  /** The largest token told for a lock: later grants must exceed it. */
  toldBefore(lock: string): number {
    return this.lastTold.get(lock) ?? 0;
  }

  /**
   * A client was told of its grant. Only a hold that was there when it asked keeps an older token: it
   * was granted once more. The count of its grants does not tell, for others of them may have been
   * given back since.
   */
  told(lock: string, owner: string, token: number, { before, atUs }: AskedFor): void {
    const held = (this.endedAtUs.get(token) ?? -Infinity) >= atUs;
    expectPromise(token > before || held, 'a later grant has a larger token', {
      lock,
      owner,
      token,
      before,
    });
    const holder = this.holders.get(token) ?? owner;
    expectPromise(holder === owner, 'a token is given to one holder', { token, holder, owner });
    this.holders.set(token, owner);
    this.lastTold.set(lock, Math.max(this.toldBefore(lock), token));
  }
}
