import { invariant } from '@sinkron/invariant';
import { DeadlineHeap } from './deadline-heap.js';
import { GroupLine } from './group-line.js';
import {
  EMPTY_RECEIVES_MAX,
  IDLE_MS,
  LATE_TRIES_MAX,
  REMEMBERED_GROUPS_MAX,
  WATCH_INTERVAL_MS,
  WATCH_RETRY_MS,
} from './limits.js';
import type { RoomOutput } from './room-output.js';
import type { NewCall, WaitingCall } from './waiting-call.js';

/**
 * Decides which receives of this node go to the cluster, and when. A receive is a log entry on the
 * disks of a majority, so none is sent where the leader says that nothing is ready.
 *
 * Calls of a group are served in the order in which they came, and no more of them are sent than what
 * is ready covers. A call is told that there is nothing only by an answer of the leader to a question
 * that was asked after the call came.
 */
export class WaitingRoom {
  private readonly lines = new Map<string, GroupLine>();
  /** Those without calls, by their keys; the one that has been so for longest is first. */
  private readonly idleLines = new Map<string, GroupLine>();
  private readonly calls = new Map<number, WaitingCall>();
  private readonly schedule = new DeadlineHeap<WaitingCall | GroupLine>();
  private readonly unsettled = new Set<GroupLine>();
  private outputs: RoomOutput[] = [];
  private closing = false;

  /** Calls that have no answer yet. */
  get size(): number {
    return this.calls.size;
  }

  join(newCall: NewCall, nowMs: number): void {
    const { callId, topic, group } = newCall;
    if (this.closing) {
      this.outputs.push({ kind: 'end', callId, end: 'shutting-down' });
      return;
    }
    const line = this.lineOf(topic, group);
    const call: WaitingCall = {
      ...newCall,
      kind: 'call',
      line,
      dueMs: 0,
      heapIndex: -1,
      phase: 'receiving',
      answered: false,
      gone: false,
      sent: false,
      hinted: false,
      late: newCall.untilMs <= nowMs,
      lateTries: 0,
      hintsAtStart: 0,
      watchesAtJoin: line.watches,
    };
    this.calls.set(callId, call);
    line.calls.set(callId, call);
    this.idleLines.delete(keyOf(topic, group));
    if (call.keyed) {
      this.start(call);
      return;
    }
    this.wait(call);
    this.allot(line, nowMs);
    if (call.phase === 'waiting') line.wantsWatch = true;
  }

  /** Nobody waits for the answer of this call any more. A receive under way goes on to its end. */
  leave(callId: number, nowMs: number): void {
    const call = this.calls.get(callId);
    if (call === undefined) return;
    if (call.phase === 'waiting') this.forget(call, nowMs);
    else this.goes(call);
  }

  /** A receive came back with so many messages. */
  received(callId: number, count: number, nowMs: number): void {
    const call = this.receivingCall(callId);
    const { line } = call;
    this.stopReceiving(call);
    const isNews = line.hints === call.hintsAtStart;
    if (count < call.max && isNews) line.ready = 0;
    else if (line.ready !== null) line.ready = Math.max(0, line.ready - count);
    if (count > 0) line.emptyReceives = 0;
    if (count > 0 || call.gone) this.forget(call, nowMs);
    else this.receivedNothing(call, nowMs);
    this.allot(line, nowMs);
  }

  /** A receive failed: its call is answered with that. */
  receiveFailed(callId: number, nowMs: number): void {
    const call = this.receivingCall(callId);
    this.stopReceiving(call);
    if (call.line.waiting > 0) call.line.wantsWatch = true;
    this.forget(call, nowMs);
  }

  /** @param ready null: there is no such topic or group, which a receive will tell, or change. */
  watchAnswered(topic: string, group: string, ready: number | null, nowMs: number): void {
    const line = this.watchEnded(topic, group);
    if (line === undefined) return;
    this.hear(line, ready);
    // Who pauses has not been told that there is nothing.
    const isHeld = line.pausedUntilMs > nowMs;
    for (const call of line.calls.values()) {
      if (call.watchesAtJoin < line.watches && (call.late || !isHeld)) call.answered = true;
    }
    this.allot(line, nowMs);
    for (const call of line.calls.values()) {
      if (call.phase === 'waiting' && call.answered && call.late) this.timeOver(call, nowMs);
    }
    if (line.waiting > 0) this.scheduleWatch(line, nowMs + WATCH_INTERVAL_MS, nowMs);
  }

  /** The leader did not answer. Those who have heard nothing at all ask with a receive. */
  watchFailed(topic: string, group: string, nowMs: number): void {
    const line = this.watchEnded(topic, group);
    if (line === undefined) return;
    for (const call of line.calls.values()) {
      if (call.phase === 'waiting' && call.late && !call.answered) this.start(call);
    }
    if (line.waiting > 0) this.scheduleWatch(line, nowMs + WATCH_RETRY_MS, nowMs);
  }

  /** A hint: so many messages of a group are ready for this node. */
  noticed(topic: string, group: string, ready: number, nowMs: number): void {
    const line = this.lines.get(keyOf(topic, group));
    if (line === undefined) return;
    this.hear(line, ready);
    this.allot(line, nowMs);
    // The leader goes on to tell a node that takes nothing.
    if (line.calls.size === 0 && line.isWatched) line.wantsWatch = true;
  }

  /** Does what is due. Call it at {@link nextDueMs}. */
  advance(nowMs: number): void {
    for (;;) {
      const item = this.schedule.earliest();
      if (item === undefined || item.dueMs > nowMs) return;
      this.schedule.remove(item);
      if (item.kind === 'line') this.lineDue(item);
      else this.timeOver(item, nowMs);
    }
  }

  /** When there is something to do next; undefined when nothing is scheduled. */
  nextDueMs(): number | undefined {
    return this.schedule.earliest()?.dueMs;
  }

  /** The node stops: whoever waits is told so, also those that come yet. */
  close(nowMs: number): void {
    this.closing = true;
    for (const call of this.calls.values()) {
      if (call.phase === 'waiting') this.end(call, 'shutting-down', nowMs);
    }
  }

  /** What is to be done, in order; each is taken once. */
  takeOutputs(): RoomOutput[] {
    for (const line of this.unsettled) {
      this.unsettled.delete(line);
      if (!line.wantsWatch || line.isWatchUnderWay) continue;
      const { topic, group, wanted } = line;
      line.wantsWatch = false;
      line.isWatchUnderWay = true;
      line.watches += 1;
      line.isWatched = wanted > 0;
      this.outputs.push({ kind: 'watch', topic, group, wanted });
    }
    const taken = this.outputs;
    this.outputs = [];
    return taken;
  }

  private receivedNothing(call: WaitingCall, nowMs: number): void {
    const isLate = call.late || call.untilMs <= nowMs;
    if (isLate) call.lateTries += 1;
    if (this.closing) this.end(call, 'shutting-down', nowMs);
    else if (isLate && (call.keyed || call.lateTries >= LATE_TRIES_MAX)) {
      this.end(call, 'empty', nowMs);
    } else {
      // A receive may have passed messages that wait behind others of their key: the leader knows.
      call.answered = false;
      call.watchesAtJoin = call.line.watches;
      this.wait(call);
      if (call.hinted && !isLate) call.line.emptyReceives += 1;
      if (isLate || call.line.emptyReceives < EMPTY_RECEIVES_MAX) call.line.wantsWatch = true;
      else this.pause(call.line, nowMs);
    }
  }

  /** Messages that are told of and not handed out may stay so: they are asked for at a slow pace. */
  private pause(line: GroupLine, nowMs: number): void {
    line.pausedUntilMs = nowMs + WATCH_RETRY_MS;
    this.schedule.schedule(line, line.pausedUntilMs);
  }

  private hear(line: GroupLine, ready: number | null): void {
    line.ready = ready;
    line.hints += 1;
    if (ready !== 0) return;
    line.emptyReceives = 0;
    // Those who paused are not among those the leader was told of.
    if (line.pausedUntilMs > 0 && line.waiting > 0) line.wantsWatch = true;
    line.pausedUntilMs = 0;
  }

  /** The time that a call waits is over, or else the time of its client. */
  private timeOver(call: WaitingCall, nowMs: number): void {
    const { line } = call;
    if (call.phase === 'receiving') {
      this.goes(call);
      this.outputs.push({ kind: 'end', callId: call.callId, end: 'unknown' });
    } else if (call.answered) {
      if (call.keyed) this.start(call);
      else this.end(call, 'empty', nowMs);
    } else if (call.answerByMs <= nowMs) {
      this.end(call, call.sent ? 'unknown' : 'no-answer', nowMs);
    } else {
      call.late = true;
      line.wantsWatch = true;
      this.unsettled.add(line);
      this.schedule.schedule(call, call.answerByMs);
    }
  }

  private goes(call: WaitingCall): void {
    call.gone = true;
    this.schedule.remove(call);
  }

  /** Not before a pause is over, and not later than its end. */
  private scheduleWatch(line: GroupLine, dueMs: number, nowMs: number): void {
    this.schedule.schedule(line, line.pausedUntilMs > nowMs ? line.pausedUntilMs : dueMs);
  }

  private lineDue(line: GroupLine): void {
    if (line.waiting === 0 && !line.isWatched) return;
    line.wantsWatch = true;
    this.unsettled.add(line);
  }

  /** Sends the first ones, as far as what is ready covers them. */
  private allot(line: GroupLine, nowMs: number): void {
    const isPausing = line.pausedUntilMs > nowMs;
    for (const call of line.calls.values()) {
      if (line.waiting === 0) break;
      if (line.ready !== null && line.receivingMax >= line.ready) break;
      if (call.phase === 'waiting' && (call.late || !isPausing)) this.start(call);
    }
    this.unsettled.add(line);
  }

  private start(call: WaitingCall): void {
    const { line, callId } = call;
    this.stopWaiting(call);
    call.phase = 'receiving';
    call.sent = true;
    call.hinted = line.ready !== null;
    call.hintsAtStart = line.hints;
    // With a key, what comes later is kept for its client, and the store ends in time.
    if (!call.keyed) this.schedule.schedule(call, call.answerByMs);
    line.receivingMax += call.max;
    this.outputs.push({ kind: 'receive', callId });
  }

  private stopWaiting(call: WaitingCall): void {
    this.schedule.remove(call);
    if (call.phase === 'waiting') call.line.waiting -= 1;
  }

  private stopReceiving(call: WaitingCall): void {
    this.schedule.remove(call);
    call.line.receivingMax -= call.max;
    this.unsettled.add(call.line);
  }

  private wait(call: WaitingCall): void {
    call.phase = 'waiting';
    call.line.waiting += 1;
    this.schedule.schedule(call, call.late ? call.answerByMs : call.untilMs);
  }

  private end(
    call: WaitingCall,
    end: 'empty' | 'no-answer' | 'unknown' | 'shutting-down',
    nowMs: number,
  ): void {
    this.forget(call, nowMs);
    this.outputs.push({ kind: 'end', callId: call.callId, end });
  }

  private forget(call: WaitingCall, nowMs: number): void {
    const { line, callId } = call;
    this.stopWaiting(call);
    this.calls.delete(callId);
    line.calls.delete(callId);
    if (line.calls.size > 0) return;
    if (line.isWatched) this.schedule.schedule(line, nowMs + IDLE_MS);
    this.remember(line);
  }

  private receivingCall(callId: number): WaitingCall {
    const call = this.calls.get(callId);
    invariant(call?.phase === 'receiving', 'WaitingRoom: only a receive under way ends', {
      callId,
    });
    return call;
  }

  private watchEnded(topic: string, group: string): GroupLine | undefined {
    const line = this.lines.get(keyOf(topic, group));
    if (line === undefined) return undefined;
    line.isWatchUnderWay = false;
    this.unsettled.add(line);
    return line;
  }

  private lineOf(topic: string, group: string): GroupLine {
    const key = keyOf(topic, group);
    const known = this.lines.get(key);
    if (known !== undefined) return known;
    const line = new GroupLine(topic, group);
    this.lines.set(key, line);
    return line;
  }

  /** Keeps a line without calls, and forgets the first such that is one too many. */
  private remember(line: GroupLine): void {
    this.idleLines.set(keyOf(line.topic, line.group), line);
    if (this.idleLines.size <= REMEMBERED_GROUPS_MAX) return;
    for (const [key, first] of this.idleLines) {
      this.schedule.remove(first);
      this.unsettled.delete(first);
      this.lines.delete(key);
      this.idleLines.delete(key);
      return;
    }
  }
}

/** Names have no control characters. */
function keyOf(topic: string, group: string): string {
  return `${topic}\n${group}`;
}
