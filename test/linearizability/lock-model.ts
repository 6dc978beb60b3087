import { acquireSteps } from './locks/acquire-steps.js';
import { isTooLate } from './locks/lateness.js';
import type { LeaseClock } from './locks/lease-clock.js';
import type { LockFacts } from './locks/facts/lock-facts.js';
import type { LockAnswer, LockCall } from './locks/lock-operation.js';
import { burdensOf, identifyState, type LockState } from './locks/lock-state.js';
import { breakStep, readSteps, releaseStep, renewStep } from './locks/steps.js';
import { Turn } from './locks/turn.js';
import type { SequentialModel } from './operation.js';

/**
 * One lock with leases, as its clients can see it: exclusive and shared holds, further holds of a
 * holder, upgrades, tokens that grow, releases, renewals, breaks, reads, sessions, rests of a lock
 * whose holder failed. Queues are not in it: a request that waits is granted at some instant before
 * its answer.
 *
 * A hold may end at any instant from the end of its lease on, and must not before. The model keeps
 * to the earliest times that the order allows, and notices an end only when an answer shows it: so
 * every explanation there is has one here.
 */
export class LockModel implements SequentialModel<LockState, LockCall, LockAnswer> {
  constructor(
    private readonly facts: ReadonlyMap<string, LockFacts>,
    private readonly clock: LeaseClock,
  ) {}

  initial(key: string): LockState {
    const facts = this.facts.get(key) ?? NOTHING_OPEN;
    return { facts, now: 0, lastToken: 0, endedAt: 0, holds: [], restsUntil: 0, rests: false };
  }

  step(state: LockState, call: LockCall, answer: LockAnswer | null): readonly LockState[] {
    const states = this.turns(state, call, answer).flatMap(({ after }) => after ?? []);
    return states;
  }

  isTooLate(state: LockState, call: LockCall, answer: LockAnswer): boolean {
    return isTooLate(state, call, answer);
  }

  identify(state: LockState): string {
    return identifyState(state);
  }

  burdens(state: LockState): readonly number[] {
    return burdensOf(state);
  }

  /** Why the answer cannot be given in this state; one reason for each way that was tried. */
  objections(state: LockState, call: LockCall, answer: LockAnswer | null): readonly string[] {
    const objections = this.turns(state, call, answer).flatMap(({ objection }) => objection ?? []);
    return [...new Set(objections)];
  }

  /** The ways in which the operation may go, each tried out. */
  private turns(state: LockState, call: LockCall, answer: LockAnswer | null): readonly Turn[] {
    const turn = (): Turn => new Turn(state, call, this.clock);
    // Unknown outcomes are in the facts, and no operations.
    if (answer === null) return [turn()];
    switch (call.kind) {
      case 'acquire':
        return acquireSteps(turn, call, answer);
      case 'release':
        return [releaseStep(turn(), call, answer)];
      case 'renew':
        return [renewStep(turn(), call, answer)];
      case 'get':
        return readSteps(turn, answer);
      case 'break':
        return [breakStep(turn(), answer)];
    }
  }
}

const NOTHING_OPEN: LockFacts = {
  possibleGrants: [],
  lostReleases: [],
  lostRenewals: [],
  lostBreakFrom: Infinity,
  told: new Map(),
  lastSeen: new Map(),
  sessions: new Map(),
};
