import fc from 'fast-check';
import { GRANTED } from './room-at-hand.js';
import type { Grant } from '../../../core/commands/lock-result.js';
import type { Claim } from '../../../core/commands/lock-request.js';
import type { RoomOutput } from '../room-output.js';
import { WaitingRoom } from '../waiting-room.js';

const KEY = 1_000;
const STEPS_MAX = 150;
const CALM_ROUNDS = 200;
const ROUND_MS = 700;

interface ModelWaiter {
  state: 'waiting' | 'granted' | 'gone';
  /** Who attends it. */
  readonly proposer: string;
  /** Its node may have been told of the grant, as far as the leader knows. */
  claimed: boolean;
  readonly keyed: boolean;
  /** A client here was told that the lock is its own. */
  told: boolean;
  /** Nobody here has heard of it: its acquire was answered into the void. */
  readonly unheard: boolean;
}

type Asked = Exclude<RoomOutput, { kind: 'answer' }>;

type Step = 'acquire' | 'change' | 'happen' | 'arrive' | 'leave' | 'pass' | 'elect' | 'close';

/** A cluster that grants, removes, answers late, loses answers and hints, as the numbers say. */
class RandomCluster {
  readonly room = new WaitingRoom();
  readonly waiters = new Map<number, ModelWaiter>();
  readonly open = new Set<number>();
  nowMs = 0;
  private readonly underWay: Asked[] = [];
  /** What has happened at the cluster and is on its way to the room. */
  private readonly arriving: (() => void)[] = [];
  private readonly queued = new Set<number>();
  private readonly left = new Set<number>();
  private readonly callWaiter = new Map<number, number>();
  private lastId = 0;
  private keyedWaiter = 0;
  private proposers = 1;

  constructor() {
    this.room.opened(this.proposer);
  }

  step(what: Step, pick: number): void {
    switch (what) {
      case 'acquire':
        return this.acquire(pick);
      case 'change':
        return this.change(pick);
      case 'happen':
        return this.happen(pick, pick % 5);
      case 'arrive':
        return this.arrive(pick);
      case 'leave':
        return this.leave(pick);
      case 'pass':
        return this.pass(pick);
      case 'elect':
        return this.elect();
      case 'close':
        return this.close();
    }
  }

  /** No answer is lost any more, and time passes. */
  calm(): void {
    for (let round = 0; round < CALM_ROUNDS; round += 1) {
      while (this.underWay.length > 0) this.happen(0, 4);
      while (this.arriving.length > 0) this.arrive(0);
      this.pass(ROUND_MS);
    }
  }

  /** The one under which commands of the room's node go. */
  private get proposer(): string {
    return `p${this.proposers}`;
  }

  /** Another leader does not know which grants were claimed. */
  private elect(): void {
    for (const waiter of this.waiters.values()) waiter.claimed ||= waiter.state === 'granted';
    this.room.leaderChanged();
    this.take();
  }

  /** The cluster takes the node for dead, and gives back what it has not claimed. */
  private close(): void {
    for (const waiter of this.waiters.values()) {
      const { proposer, state, claimed, keyed } = waiter;
      const stays = state === 'granted' && (claimed || keyed);
      if (proposer === this.proposer && !stays) waiter.state = 'gone';
    }
    this.proposers += 1;
    this.room.opened(this.proposer);
  }

  private acquire(pick: number): void {
    this.lastId += 1;
    const callId = this.lastId;
    const keyed = pick % 3 === 0;
    const joined = keyed ? this.waiters.get(this.keyedWaiter) : undefined;
    const joins = joined?.state === 'waiting' && !joined.unheard;
    const waiterId = joins ? this.keyedWaiter : KEY + callId;
    const unheard = pick % 11 === 0 && !joins;
    const { proposer } = this;
    if (!joins) {
      const waiter = { proposer, claimed: false, keyed, told: false, unheard };
      this.waiters.set(waiterId, { state: 'waiting', ...waiter });
    }
    if (unheard) return;
    if (keyed) this.keyedWaiter = waiterId;
    this.open.add(callId);
    this.callWaiter.set(callId, waiterId);
    const untilMs = this.nowMs + (pick % 4_000);
    const times = { untilMs, answerByMs: untilMs + 3_000 };
    const names = { callId, waiterId, owner: 'one', proposer };
    const call = { ...names, upgrade: false, keyed, ...times };
    this.arriving.push(() => {
      this.room.attend(call, this.nowMs);
      this.queued.add(callId);
      if (this.left.has(callId)) this.room.leave(callId);
    });
  }

  /** A release grants a waiter, or a session's end removes one; the hint may be lost. */
  private change(pick: number): void {
    const waiting = [...this.waiters].filter(([, { state }]) => state === 'waiting');
    const [waiterId, waiter] = waiting[pick % Math.max(1, waiting.length)] ?? [];
    if (waiterId === undefined || waiter === undefined) return;
    waiter.state = pick % 7 === 0 ? 'gone' : 'granted';
    if (pick % 5 === 0) return;
    this.arriving.push(() => this.room.notice(waiter.proposer, [waiterId], this.nowMs));
  }

  /** A claim or cancellation reaches the cluster, or not, and its answer is on its way, or lost. */
  private happen(pick: number, luck: number): void {
    const [asked] = this.underWay.splice(pick % Math.max(1, this.underWay.length), 1);
    if (asked === undefined) return;
    const reached = luck !== 0;
    const answered = luck > 1;
    if (asked.kind === 'claim') {
      const ids = asked.claims.map(({ waiterId }) => waiterId);
      const answers = reached && answered ? ids.map((id) => this.claim(id)) : null;
      this.arriving.push(() => this.room.claimed(ids, answers, this.nowMs));
      return;
    }
    if (asked.kind === 'give-back') {
      // It is tried until it has happened, once.
      for (const { token } of asked.locks) this.giveBack(token);
      return;
    }
    const status = reached ? this.cancel(asked) : 'gone';
    const { proposer } = this;
    this.arriving.push(() => {
      const { waiterId } = asked;
      if (!reached || !answered) {
        const failed = { status: 'failed', mayHaveHappened: true } as const;
        this.room.cancelled(waiterId, failed, this.nowMs);
      } else if (status === 'granted') {
        this.room.cancelled(waiterId, { status, locks: grantOf(waiterId) }, this.nowMs);
      } else if (status === 'gone') {
        this.room.cancelled(waiterId, { status, proposer }, this.nowMs);
      } else this.room.cancelled(waiterId, { status }, this.nowMs);
    });
  }

  private claim(waiterId: number): Claim {
    const waiter = this.waiters.get(waiterId);
    if (waiter?.state !== 'granted') return { waiterId, outcome: waiter?.state ?? 'gone' };
    waiter.claimed = true;
    return { waiterId, outcome: waiter.state, locks: grantOf(waiterId) };
  }

  private giveBack(waiterId: number): void {
    const waiter = this.waiters.get(waiterId);
    if (waiter?.state !== 'granted' || waiter.told) {
      throw new Error(`waiter ${waiterId} is not to be given back`);
    }
    waiter.state = 'gone';
  }

  private cancel({ waiterId, release }: { waiterId: number; release: boolean }) {
    const waiter = this.waiters.get(waiterId);
    if (waiter === undefined || waiter.state === 'gone') return 'gone';
    if (waiter.proposer !== this.proposer) return 'gone';
    if (waiter.state === 'waiting') {
      waiter.state = 'gone';
      return 'cancelled';
    }
    if (!release || waiter.keyed) {
      waiter.claimed = true;
      return 'granted';
    }
    // Never is a lock taken from a client that was told of it.
    if (waiter.told) throw new Error(`waiter ${waiterId} was told`);
    waiter.state = 'gone';
    return 'released';
  }

  private arrive(pick: number): void {
    const [arrived] = this.arriving.splice(pick % Math.max(1, this.arriving.length), 1);
    arrived?.();
    this.take();
  }

  private leave(pick: number): void {
    const callId = [...this.open][pick % Math.max(1, this.open.size)];
    if (callId === undefined) return;
    this.open.delete(callId);
    this.left.add(callId);
    // Who has not been queued yet leaves when it is.
    if (this.queued.has(callId)) this.room.leave(callId);
    this.take();
  }

  private pass(ms: number): void {
    this.nowMs += ms;
    this.room.advance(this.nowMs);
    this.take();
  }

  private take(): void {
    for (const output of this.room.takeOutputs()) {
      if (output.kind !== 'answer') {
        this.underWay.push(output);
        continue;
      }
      const { callId, end } = output;
      if (this.left.has(callId)) continue;
      if (!this.open.delete(callId)) throw new Error(`call ${callId} is answered twice`);
      const waiter = this.waiters.get(this.callWaiter.get(callId) ?? 0);
      if (end.kind === 'granted' && waiter !== undefined) {
        expect(waiter.state).toBe('granted');
        waiter.told = true;
      }
      if (end.kind === 'wait-timeout' && waiter?.keyed === false) expect(waiter.state).toBe('gone');
    }
  }
}

function grantOf(waiterId: number): readonly Grant[] {
  return GRANTED.map((grant) => ({ ...grant, token: waiterId }));
}

it('every call is answered once, no told lock is taken away, and no grant is left to nobody', () => {
  const what = fc.oneof(
    { weight: 2, arbitrary: fc.constant<Step>('acquire') },
    { weight: 2, arbitrary: fc.constant<Step>('change') },
    { weight: 4, arbitrary: fc.constant<Step>('happen') },
    { weight: 4, arbitrary: fc.constant<Step>('arrive') },
    { weight: 1, arbitrary: fc.constantFrom<Step>('leave', 'pass', 'elect', 'close') },
  );
  const step = fc.tuple(what, fc.nat({ max: 5_000 }));
  fc.assert(
    fc.property(fc.array(step, { maxLength: STEPS_MAX, size: 'max' }), (steps) => {
      const cluster = new RandomCluster();
      for (const [kind, pick] of steps) cluster.step(kind, pick);
      cluster.calm();
      expect([...cluster.open]).toEqual([]);
      expect([cluster.room.size, cluster.room.undecided]).toEqual([0, 0]);
      for (const { state, told, keyed, unheard } of cluster.waiters.values()) {
        if (unheard || keyed) continue;
        expect(state).toBe(told ? 'granted' : 'gone');
      }
    }),
    { numRuns: 1_000, seed: 3 },
  );
});
