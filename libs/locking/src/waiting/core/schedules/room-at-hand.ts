import type { Grant } from '../../../core/commands/lock-result.js';
import type { QueuedCall } from '../queued-call.js';
import type { RoomOutput } from '../room-output.js';
import { WaitingRoom } from '../waiting-room.js';

export const GRANTED: readonly Grant[] = [
  { name: 'a', mode: 'exclusive', token: 9, holds: 1, ttlMs: 30_000, expiresAtMs: 90_000 },
];

/** The deadline of a call's wait and of its answer, unless a test names others. */
export const UNTIL_MS = 60_000;
export const ANSWER_BY_MS = 65_000;

/** A waiting room, with what a test reads of it in few words. */
export class RoomAtHand {
  readonly room = new WaitingRoom();

  constructor() {
    this.room.opened('p1');
  }

  /** Call 1 waits as waiter 1, and so on, unless the test says something else. */
  attend(callId: number, options: Partial<QueuedCall> & { nowMs?: number } = {}): this {
    const { nowMs = 0, ...call } = options;
    this.room.attend(
      {
        callId,
        waiterId: callId,
        owner: 'one',
        proposer: 'p1',
        upgrade: false,
        keyed: false,
        untilMs: UNTIL_MS,
        answerByMs: ANSWER_BY_MS,
        ...call,
      },
      nowMs,
    );
    return this;
  }

  /** What the room wants, as `claim 1,2`, `cancel 1`, `cancel 1 release`, `1: granted`. */
  outputs(): string[] {
    return this.room.takeOutputs().map(outputText);
  }

  /** The leader answers one request with claims. */
  claimed(outcomes: Readonly<Record<number, 'granted' | 'waiting' | 'gone'>>, nowMs = 0): string[] {
    const answers = Object.entries(outcomes).map(([id, outcome]) => {
      const waiterId = Number(id);
      return outcome === 'granted' ? { waiterId, outcome, locks: GRANTED } : { waiterId, outcome };
    });
    const asked = answers.map(({ waiterId }) => waiterId);
    this.room.claimed(asked, answers, nowMs);
    return this.outputs();
  }

  claimFailed(waiterIds: readonly number[], nowMs = 0): string[] {
    this.room.claimed(waiterIds, null, nowMs);
    return this.outputs();
  }

  cancelled(
    waiterId: number,
    status: 'cancelled' | 'granted' | 'released' | 'gone' | 'refused' | 'unknown',
    nowMs = 0,
    proposer = 'p1',
  ): string[] {
    if (status === 'granted') this.room.cancelled(waiterId, { status, locks: GRANTED }, nowMs);
    else if (status === 'refused' || status === 'unknown') {
      const mayHaveHappened = status === 'unknown';
      this.room.cancelled(waiterId, { status: 'failed', mayHaveHappened }, nowMs);
    } else if (status === 'gone') this.room.cancelled(waiterId, { status, proposer }, nowMs);
    else this.room.cancelled(waiterId, { status }, nowMs);
    return this.outputs();
  }

  notice(
    waiterIds: readonly number[],
    options: { nowMs?: number; proposer?: string } = {},
  ): string[] {
    this.room.notice(options.proposer ?? 'p1', waiterIds, options.nowMs ?? 0);
    return this.outputs();
  }

  leave(callId: number): string[] {
    this.room.leave(callId);
    return this.outputs();
  }

  advance(nowMs: number): string[] {
    this.room.advance(nowMs);
    return this.outputs();
  }

  /** Nothing is left to be done, ever. */
  get isEmpty(): boolean {
    const { size, undecided } = this.room;
    return size === 0 && undecided === 0 && this.room.nextDueMs() === undefined;
  }
}

function outputText(output: RoomOutput): string {
  switch (output.kind) {
    case 'claim':
      return `claim ${output.claims.map(({ waiterId }) => waiterId).join(',')}`;
    case 'cancel':
      return `cancel ${output.waiterId}${output.release ? ' release' : ''}`;
    case 'give-back':
      return `give back ${output.locks.map(({ token }) => token).join(',')} of ${output.owner}`;
    case 'answer':
      return `${output.callId}: ${output.end.kind}`;
  }
}
