import {
  readCancelResult,
  readClaims,
  readNotice,
  type CancelOutcome,
  type Claim,
  type Grant,
  type QueuedCall,
  type RoomOutput,
  type WaitEnd,
  type WaitingRoom,
} from '@sinkron/locking';
import { LOCK_MACHINE } from '../workload/lock-protocol.js';
import type { ClientLine } from './client-line.js';
import type { Answer, Gateway } from './gateway.js';

/** How long a claim, and a cancellation, may take, microseconds. */
const CLAIM_TIMEOUT_US = 2_000_000;
const CANCEL_TIMEOUT_US = 5_000_000;

export type CallWaitEnd = WaitEnd | { readonly kind: 'left' };

/** What waiting needs of its node. */
export interface WaitingPort {
  readonly gateway: Gateway;
  nowUs(): number;
  /** A call was left by its client while it waited. */
  left(): void;
  /** Calls that wait are cut off by the end of the node. */
  closed(): void;
  /** The machine's monotonic clock, milliseconds. */
  nowMs(): number;
  after(delayUs: number, run: () => void): void;
  /** Virtual microseconds in which the machine's clock counts so much. */
  usOf(milliseconds: number): number;
}

/** Releases grants of an owner that nobody was told of. */
export type GiveBack = (owner: string, locks: readonly Grant[]) => void;

interface Caller {
  tell(end: CallWaitEnd, leaseFromUs: number | null): void;
}

/**
 * The requests that wait for locks at a node: the production WaitingRoom with the clock, the timer,
 * the cluster and the clients of the simulation, as the production WaitingRequests has its own.
 */
export class WaitingCalls {
  private readonly callers = new Map<number, Caller>();
  private lastCallId = 0;
  private giveBack: GiveBack = () => {};
  private timerDueMs: number | null = null;
  private turnEnds = false;

  constructor(
    private readonly room: WaitingRoom,
    private readonly port: WaitingPort,
  ) {}

  onGiveBack(giveBack: GiveBack): void {
    this.giveBack = giveBack;
  }

  /** Calls that wait. */
  get size(): number {
    return this.room.size;
  }

  opened(proposer: string): void {
    this.room.opened(proposer);
  }

  /** @param done gets, for a grant, when the claim or cancellation was sent: the lease is younger. */
  wait(
    queued: Omit<QueuedCall, 'callId'>,
    line: ClientLine,
    done: (end: CallWaitEnd, leaseFromUs: number | null) => void,
  ): void {
    this.lastCallId += 1;
    const callId = this.lastCallId;
    this.callers.set(callId, { tell: done });
    this.room.attend({ ...queued, callId }, this.port.nowMs());
    const leave = (): void => {
      if (!this.callers.delete(callId)) return;
      this.port.left();
      this.room.leave(callId);
      this.flush();
      done({ kind: 'left' }, null);
    };
    if (line.gone) leave();
    else line.onGone(leave);
    this.flushAtEndOfTurn();
  }

  /** Cancels every wait, also those that come yet. */
  close(): void {
    if (this.room.size > 0) this.port.closed();
    this.room.close(this.port.nowMs());
    this.flush();
  }

  noticed(proposer: string, body: unknown): void {
    this.room.notice(proposer, readNotice(body).waiterIds, this.port.nowMs());
    this.flushAtEndOfTurn();
  }

  leaderNews(): void {
    this.room.leaderChanged();
    this.flushAtEndOfTurn();
  }

  private flushAtEndOfTurn(): void {
    if (this.turnEnds) return;
    this.turnEnds = true;
    this.port.after(0, () => {
      this.turnEnds = false;
      this.flush();
    });
  }

  private flush(leaseFromUs: number | null = null): void {
    for (const output of this.room.takeOutputs()) this.do(output, leaseFromUs);
    this.arm();
  }

  private do(output: RoomOutput, leaseFromUs: number | null): void {
    switch (output.kind) {
      case 'claim':
        return this.claim(output.claims);
      case 'cancel':
        return this.cancel(output.waiterId, output.release);
      case 'give-back':
        return this.giveBack(output.owner, output.locks);
      case 'answer': {
        const caller = this.callers.get(output.callId);
        this.callers.delete(output.callId);
        caller?.tell(output.end, leaseFromUs);
      }
    }
  }

  private claim(claims: Extract<RoomOutput, { kind: 'claim' }>['claims']): void {
    const { port } = this;
    const sentUs = port.nowUs();
    const body = { kind: 'claim', claims };
    port.gateway.request(LOCK_MACHINE, body, sentUs + CLAIM_TIMEOUT_US, (answer) => {
      const answers: readonly Claim[] | null =
        answer.kind === 'read' ? readClaims(answer.result).claims : null;
      const asked = claims.map(({ waiterId }) => waiterId);
      this.room.claimed(asked, answers, port.nowMs());
      this.flush(sentUs);
    });
  }

  private cancel(waiterId: number, release: boolean): void {
    const { port } = this;
    const sentUs = port.nowUs();
    const command = {
      machine: LOCK_MACHINE,
      body: { kind: 'cancel', waiterId, release },
      idempotency: null,
      deadlineUs: sentUs + CANCEL_TIMEOUT_US,
    };
    port.gateway.execute(command, (answer) => {
      this.room.cancelled(waiterId, cancelOutcome(answer), port.nowMs());
      this.flush(sentUs);
    });
  }

  /** One timer for all that waits. */
  private arm(): void {
    const { port, room } = this;
    const dueMs = room.nextDueMs();
    if (dueMs === undefined || (this.timerDueMs !== null && this.timerDueMs <= dueMs)) return;
    this.timerDueMs = dueMs;
    port.after(port.usOf(Math.max(0, Math.ceil(dueMs - port.nowMs()))), () => {
      if (this.timerDueMs !== dueMs) return;
      this.timerDueMs = null;
      room.advance(port.nowMs());
      this.flush();
    });
  }
}

function cancelOutcome(answer: Answer): CancelOutcome {
  if (answer.kind === 'applied') {
    const result = readCancelResult(answer.result);
    return result.status === 'gone' ? { status: 'gone', proposer: answer.proposer } : result;
  }
  return { status: 'failed', mayHaveHappened: answer.kind === 'unknown' };
}
