import { Heap } from '@sinkron/heap';
import { invariant, unreachable } from '@sinkron/invariant';
import type { Claim } from '../../core/commands/lock-request.js';
import type { Grant } from '../../core/commands/lock-result.js';
import { isDueBefore } from '../../core/leases/deadlined.js';
import { CLAIMS_PER_REQUEST_MAX } from '../../core/limits.js';
import { FinishedWaiters } from './finished-waiters.js';
import {
  CANCEL_GRACE_MS,
  CANCEL_RETRY_MS,
  CANCELS_MAX,
  CLAIM_GRID_MS,
  CLAIM_INTERVAL_MS,
  CLAIM_REQUESTS_MAX,
  CLAIM_RETRY_MS,
  CLAIM_SPREAD_MS,
  FINISHED_WAITERS_MAX,
  OWN_PROPOSERS_MAX,
  SHUTDOWN_CANCEL_MS,
  UNATTENDED_NOTICE_MS,
  UNATTENDED_NOTICES_MAX,
} from './limits.js';
import { PacedQueue } from './paced-queue.js';
import type { CallEnd, QueuedCall, WaitEnd } from './queued-call.js';
import type { CancelOutcome, RoomOutput } from './room-output.js';
import { UnattendedNotices } from './unattended-notices.js';
import { isEnding, mayHaveMissed, newWaiter, type Waiter, type WaitingCall } from './waiter.js';

/**
 * The requests that wait at one node: decides when the leader is asked after a waiter, when a wait
 * is cancelled, and what a client is told. Pure: times are inputs, what is to be done are outputs.
 *
 * A client is told of a grant only when the leader, or an applied cancellation, has confirmed it.
 * Hints (notices) save time and decide nothing: they may be lost, come late or twice.
 */
export class WaitingRoom {
  private readonly waiters = new Map<number, Waiter>();
  private readonly calls = new Map<number, WaitingCall>();
  /** Calls by their deadline, waiters by when they are asked after or cancelled again. */
  private readonly schedule = new Heap<Waiter | WaitingCall>(isDueBefore);
  private readonly claims = new PacedQueue<Waiter>({
    underWayMax: CLAIM_REQUESTS_MAX,
    portion: CLAIMS_PER_REQUEST_MAX,
  });
  private readonly cancels = new PacedQueue<Waiter>({ underWayMax: CANCELS_MAX, portion: 1 });
  private readonly finished = new FinishedWaiters(FINISHED_WAITERS_MAX);
  private readonly unattended = new UnattendedNotices(UNATTENDED_NOTICE_MS, UNATTENDED_NOTICES_MAX);
  private readonly ownProposers = new Set<string>();
  private answers: RoomOutput[] = [];
  private closing = false;
  private withoutCalls = 0;

  /** Calls that wait for their end. */
  get size(): number {
    return this.calls.size;
  }

  /** Waiters that nobody waits for any more and whose cancellation is not decided. */
  get undecided(): number {
    return this.withoutCalls;
  }

  /** A command was answered under this proposer: it is one of this process. */
  opened(proposer: string): void {
    if (this.ownProposers.has(proposer)) return;
    this.ownProposers.add(proposer);
    if (this.ownProposers.size <= OWN_PROPOSERS_MAX) return;
    for (const oldest of this.ownProposers) {
      this.ownProposers.delete(oldest);
      break;
    }
  }

  /** The cluster has queued a call. */
  attend(queued: QueuedCall, nowMs: number): void {
    const { callId, waiterId, proposer, untilMs, answerByMs } = queued;
    invariant(!this.calls.has(callId), 'WaitingRoom: a call is attended once', { callId });
    let waiter = this.waiters.get(waiterId);
    if (waiter === undefined) {
      waiter = newWaiter(queued);
      this.waiters.set(waiterId, waiter);
      this.askLater(waiter, nowMs);
      const noticed = this.unattended.attended(waiterId);
      // A call with the same key has ended here: this one came before its end, or joined a waiter
      // that another node attends still. Only the leader knows.
      if (noticed || this.finished.has(waiterId)) this.askNow(waiter);
    } else {
      if (waiter.calls.size === 0) this.withoutCalls -= 1;
      waiter.owner = queued.owner;
      waiter.proposer = proposer;
      waiter.keyed = queued.keyed;
    }
    const call: WaitingCall = {
      kind: 'call',
      callId,
      waiter,
      answerByMs,
      over: null,
      deadlineMs: untilMs,
      heapIndex: -1,
    };
    waiter.calls.add(call);
    this.calls.set(callId, call);
    if (this.closing) this.stopWaiting(call, 'shutting-down', nowMs);
    else this.schedule.add(call);
  }

  /** The client of a call is gone: nothing is to be told. */
  leave(callId: number): void {
    const call = this.calls.get(callId);
    if (call === undefined) return;
    const { waiter } = call;
    this.forget(call);
    if (waiter.calls.size === 0 && !isEnding(waiter)) this.cancel(waiter);
  }

  /** The leader hints that these waiters were granted or removed. */
  notice(proposer: string, waiterIds: readonly number[], nowMs: number): void {
    for (const waiterId of waiterIds) {
      const waiter = this.waiters.get(waiterId);
      if (waiter !== undefined) this.askNow(waiter);
      else if (this.closing || this.finished.mayHave(waiterId)) continue;
      else this.unattended.add(waiterId, proposer, nowMs);
    }
  }

  /** Another node leads: what the old one wanted to tell may be lost. */
  leaderChanged(): void {
    for (const waiter of this.waiters.values()) this.askNow(waiter);
  }

  /**
   * What became of a request with claims.
   *
   * @param answers null when there was no answer.
   */
  claimed(asked: readonly number[], answers: readonly Claim[] | null, nowMs: number): void {
    this.claims.done();
    const answered = new Map((answers ?? []).map((answer) => [answer.waiterId, answer]));
    for (const waiterId of asked) {
      const waiter = this.waiters.get(waiterId);
      if (waiter !== undefined) this.claimAnswered(waiter, answered.get(waiterId), nowMs);
    }
  }

  /** What became of a cancellation. */
  cancelled(waiterId: number, outcome: CancelOutcome, nowMs: number): void {
    this.cancels.done();
    const waiter = this.waiters.get(waiterId);
    // A claim that was confirmed meanwhile has ended the wait; the cancellation changes nothing.
    if (waiter?.phase !== 'cancelling') return;
    switch (outcome.status) {
      case 'cancelled':
      case 'released':
        this.finish(waiter, ({ over }) => (over === null ? { kind: 'gone' } : { kind: over }));
        break;
      case 'granted':
        this.grantedBeforeCancelled(waiter, outcome.locks);
        break;
      case 'gone':
        if (mayHaveMissed(waiter, outcome.proposer)) this.reclaim(waiter);
        else this.finish(waiter, (call) => this.endOfGone(call));
        break;
      case 'failed':
        if (outcome.mayHaveHappened) waiter.cancelUnsure = true;
        waiter.deadlineMs = nowMs + CANCEL_RETRY_MS;
        this.schedule.add(waiter);
        break;
      default:
        unreachable(outcome);
    }
  }

  /** Does what is due. Call it at {@link nextDueMs}; later harms nobody but those who wait. */
  advance(nowMs: number): void {
    for (;;) {
      const item = this.schedule.first;
      if (item === undefined || item.deadlineMs > nowMs) break;
      this.schedule.remove(item);
      if (item.kind === 'waiter') this.waiterDue(item);
      else this.callDue(item, nowMs);
    }
    for (const { waiterId, proposer } of this.unattended.takeDue(nowMs)) {
      this.abandoned(waiterId, proposer);
    }
  }

  /** When there is something to do next; undefined when nothing waits. */
  nextDueMs(): number | undefined {
    const scheduledMs = this.schedule.first?.deadlineMs;
    const noticeMs = this.unattended.nextDueMs();
    if (scheduledMs === undefined || noticeMs === undefined) return scheduledMs ?? noticeMs;
    return Math.min(scheduledMs, noticeMs);
  }

  /** The node stops: every wait is cancelled, also of those that come yet. */
  close(nowMs: number): void {
    this.closing = true;
    this.unattended.clear();
    for (const call of this.calls.values()) {
      if (call.heapIndex !== -1) this.schedule.remove(call);
      this.stopWaiting(call, call.over ?? 'shutting-down', nowMs);
    }
  }

  /** What is to be done, in order; each is taken once. */
  takeOutputs(): RoomOutput[] {
    const outputs = this.answers;
    this.answers = [];
    for (let portion = this.claims.take(); portion !== null; portion = this.claims.take()) {
      const claims = portion.map(({ waiterId, proposer }) => ({ waiterId, proposer }));
      outputs.push({ kind: 'claim', claims });
    }
    for (let portion = this.cancels.take(); portion !== null; portion = this.cancels.take()) {
      for (const waiter of portion) {
        // Whoever may fetch the answer again keeps a grant; who waits is told of it.
        waiter.cancelReleases = waiter.calls.size === 0 && !waiter.keyed;
        const { waiterId, cancelReleases } = waiter;
        outputs.push({ kind: 'cancel', waiterId, release: cancelReleases });
      }
    }
    return outputs;
  }

  private claimAnswered(waiter: Waiter, answer: Claim | undefined, nowMs: number): void {
    // Also while a cancellation is under way, unless that takes the grant away.
    const lost = waiter.phase === 'cancelling' && waiter.cancelReleases;
    if (answer?.outcome === 'granted' && waiter.calls.size > 0 && !lost) {
      this.finish(waiter, () => ({ kind: 'granted', locks: answer.locks }));
      return;
    }
    if (waiter.phase === 'reclaiming') this.reclaimed(waiter, answer, nowMs);
    if (waiter.phase !== 'claiming') return;
    if (answer?.outcome === 'gone') {
      this.finish(waiter, (call) => this.endOfGone(call));
      return;
    }
    waiter.phase = 'waiting';
    if (answer === undefined) this.ask(waiter, nowMs + CLAIM_RETRY_MS);
    else this.askLater(waiter, nowMs);
    if (waiter.claimAgain) this.askNow(waiter);
  }

  /**
   * The cluster took this node for dead, closed the proposer, and gave back what nobody had claimed. A
   * grant that was claimed, though the answer was lost on its way here, stands, and only that proposer
   * may ask after it.
   */
  private reclaim(waiter: Waiter): void {
    waiter.phase = 'reclaiming';
    waiter.cancelReleases = false;
    this.claims.add(waiter);
  }

  /** The answer to a waiter without calls, or without an outcome. */
  private reclaimed(waiter: Waiter, answer: Claim | undefined, nowMs: number): void {
    if (answer?.outcome === 'granted') {
      const { owner, keyed } = waiter;
      if (owner !== null && !keyed) {
        this.answers.push({ kind: 'give-back', owner, locks: answer.locks });
      }
      this.finish(waiter, null);
    } else if (answer?.outcome === 'gone') this.finish(waiter, (call) => this.endOfGone(call));
    else if (waiter.heapIndex === -1) this.ask(waiter, nowMs + CLAIM_RETRY_MS);
  }

  private grantedBeforeCancelled(waiter: Waiter, locks: readonly Grant[]): void {
    if (waiter.calls.size > 0) this.finish(waiter, () => ({ kind: 'granted', locks }));
    // Its last call has left since: now the grant is given back.
    else if (!waiter.keyed && !waiter.cancelReleases) this.cancels.add(waiter);
    else this.finish(waiter, null);
  }

  /** The cluster does not know the waiter. */
  private endOfGone({ over, waiter }: WaitingCall): WaitEnd {
    // It is gone because this node has cancelled it, as far as anybody knows.
    if (over !== null && (waiter.cancelUnsure || over === 'shutting-down')) return { kind: over };
    return waiter.upgrade ? { kind: 'not-holder' } : { kind: 'gone' };
  }

  private waiterDue(waiter: Waiter): void {
    if (waiter.phase === 'cancelling') {
      this.cancels.add(waiter);
      return;
    }
    if (waiter.phase === 'reclaiming') {
      this.claims.add(waiter);
      return;
    }
    invariant(waiter.phase === 'waiting', 'WaitingRoom: a claiming waiter is not scheduled', {
      waiterId: waiter.waiterId,
    });
    waiter.phase = 'claiming';
    this.claims.add(waiter);
  }

  private callDue(call: WaitingCall, nowMs: number): void {
    if (call.over === null) this.stopWaiting(call, 'wait-timeout', nowMs);
    else this.answer(call, { kind: 'unknown' });
  }

  /** A call's time is over. The last one of its waiter asks for its end, which decides. */
  private stopWaiting(call: WaitingCall, over: CallEnd, nowMs: number): void {
    const { waiter } = call;
    for (const other of waiter.calls) {
      if (other === call || other.over !== null || this.closing) continue;
      this.answer(call, { kind: over });
      return;
    }
    call.over = over;
    const answerByMs = this.closing ? nowMs + SHUTDOWN_CANCEL_MS : call.answerByMs;
    call.deadlineMs = Math.max(answerByMs, nowMs + CANCEL_GRACE_MS);
    this.schedule.add(call);
    if (!isEnding(waiter)) this.cancel(waiter);
  }

  /** Nobody claimed it in time: its acquire was given up, or its answer was lost. */
  private abandoned(waiterId: number, proposer: string): void {
    // Of an earlier process of this node, say: its clients may have been told.
    if (!this.ownProposers.has(proposer)) return;
    const waiter = newWaiter({ waiterId, owner: null, proposer, upgrade: false, keyed: false });
    this.waiters.set(waiterId, waiter);
    this.withoutCalls += 1;
    this.cancel(waiter);
  }

  private cancel(waiter: Waiter): void {
    if (waiter.heapIndex !== -1) this.schedule.remove(waiter);
    this.claims.remove(waiter);
    waiter.phase = 'cancelling';
    this.cancels.add(waiter);
  }

  private askNow(waiter: Waiter): void {
    if (waiter.phase === 'waiting') {
      this.schedule.remove(waiter);
      waiter.claimAgain = false;
      waiter.phase = 'claiming';
      this.claims.add(waiter);
    } else if (waiter.phase === 'claiming' && !this.claims.has(waiter)) {
      waiter.claimAgain = true;
    }
  }

  private askLater(waiter: Waiter, nowMs: number): void {
    const atMs = nowMs + CLAIM_INTERVAL_MS + ((waiter.waiterId * CLAIM_GRID_MS) % CLAIM_SPREAD_MS);
    this.ask(waiter, Math.ceil(atMs / CLAIM_GRID_MS) * CLAIM_GRID_MS);
  }

  private ask(waiter: Waiter, atMs: number): void {
    waiter.deadlineMs = atMs;
    this.schedule.add(waiter);
  }

  private answer(call: WaitingCall, end: WaitEnd): void {
    this.forget(call);
    this.answers.push({ kind: 'answer', callId: call.callId, end });
  }

  private forget(call: WaitingCall): void {
    const { waiter } = call;
    if (call.heapIndex !== -1) this.schedule.remove(call);
    this.calls.delete(call.callId);
    waiter.calls.delete(call);
    if (waiter.calls.size === 0) this.withoutCalls += 1;
  }

  /** The waiter's end is certain. @param end of each of its calls; null when it has none. */
  private finish(waiter: Waiter, end: ((call: WaitingCall) => WaitEnd) | null): void {
    for (const call of waiter.calls) {
      invariant(end !== null, 'WaitingRoom: every call is answered', { callId: call.callId });
      this.answer(call, end(call));
    }
    this.withoutCalls -= 1;
    if (waiter.heapIndex !== -1) this.schedule.remove(waiter);
    this.claims.remove(waiter);
    this.cancels.remove(waiter);
    this.waiters.delete(waiter.waiterId);
    this.finished.add(waiter.waiterId);
  }
}
