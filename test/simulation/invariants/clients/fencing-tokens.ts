import { expectPromise } from '../../world/violation.js';

/** Every grant has a token larger than all before it: in the log, and as clients are told. */
export class FencingTokens {
  private lastApplied = 0;
  /** The largest token that a client was told, by lock. */
  private readonly lastTold = new Map<string, number>();
  private readonly holders = new Map<number, string>();

  /** A grant that is no re-entrant one was applied, as the first of all replicas. */
  granted(token: number, index: number): void {
    expectPromise(token > this.lastApplied, 'tokens grow along the log', {
      token,
      last: this.lastApplied,
      index,
    });
    this.lastApplied = token;
  }

  /** The largest token told for a lock: later grants must exceed it. */
  toldBefore(lock: string): number {
    return this.lastTold.get(lock) ?? 0;
  }

  /** A client was told of its grant. @param before `toldBefore` when it asked. */
  told(lock: string, owner: string, token: number, before: number, fresh: boolean): void {
    expectPromise(!fresh || token > before, 'a later grant has a larger token', {
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
