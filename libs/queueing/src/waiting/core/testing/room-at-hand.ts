import type { RoomOutput } from '../room-output.js';
import type { NewCall } from '../waiting-call.js';
import { WaitingRoom } from '../waiting-room.js';

const TOPIC = 'orders';
const GROUP = 'billing';

/** A waiting room on a clock set by hand, whose outputs are texts like `receive 1` and `watch 10`. */
export class RoomAtHand {
  readonly room = new WaitingRoom();
  nowMs = 1_000;
  private lastCallId = 0;

  /** @returns what the room wants done. */
  join(options: Partial<NewCall> & { readonly waitMs?: number } = {}): string[] {
    this.lastCallId += 1;
    const { waitMs = 10_000, max = 1, keyed = false, group = GROUP } = options;
    const untilMs = this.nowMs + waitMs;
    const call = { callId: this.lastCallId, topic: TOPIC, group, max, untilMs, keyed };
    this.room.join({ ...call, answerByMs: untilMs + 5_000 }, this.nowMs);
    return this.outputs();
  }

  received(callId: number, count: number): string[] {
    this.room.received(callId, count, this.nowMs);
    return this.outputs();
  }

  failed(callId: number): string[] {
    this.room.receiveFailed(callId, this.nowMs);
    return this.outputs();
  }

  left(callId: number): string[] {
    this.room.leave(callId, this.nowMs);
    return this.outputs();
  }

  answered(ready: number | null): string[] {
    this.room.watchAnswered(TOPIC, GROUP, ready, this.nowMs);
    return this.outputs();
  }

  watchFailed(): string[] {
    this.room.watchFailed(TOPIC, GROUP, this.nowMs);
    return this.outputs();
  }

  noticed(ready: number): string[] {
    this.room.noticed(TOPIC, GROUP, ready, this.nowMs);
    return this.outputs();
  }

  pass(ms: number): string[] {
    this.nowMs += ms;
    this.room.advance(this.nowMs);
    return this.outputs();
  }

  close(): string[] {
    this.room.close(this.nowMs);
    return this.outputs();
  }

  outputs(): string[] {
    return this.room.takeOutputs().map(textOf);
  }
}

function textOf(output: RoomOutput): string {
  switch (output.kind) {
    case 'receive':
      return `receive ${output.callId}`;
    case 'watch':
      return `watch ${output.wanted}`;
    case 'end':
      return `${output.end} ${output.callId}`;
  }
}
