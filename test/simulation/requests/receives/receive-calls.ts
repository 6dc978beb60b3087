import type { IdempotencyScope } from '@sinkron/consensus';
import type { ReceiveCommand } from '../../../../libs/queueing/src/core/commands/topic-command.js';
import type {
  Presented,
  Received,
  TopicResult,
} from '../../../../libs/queueing/src/core/commands/topic-result.js';
import { TOPIC_MACHINE } from '../../../../libs/queueing/src/machine/topic-machine.js';
import { deliveredTexts } from '../../../../libs/queueing/src/service/message-texts.js';
import { readNotice } from '../../../../libs/queueing/src/store/reading/read-notice.js';
import { readResult } from '../../../../libs/queueing/src/store/reading/read-result.js';
import { readAnswer } from '../../../../libs/queueing/src/store/reading/read-view.js';
import type { RoomOutput } from '../../../../libs/queueing/src/waiting/core/room-output.js';
import { WaitingRoom } from '../../../../libs/queueing/src/waiting/core/waiting-room.js';
import {
  BODIES_TIMEOUT_MS,
  GIVE_UP_AHEAD_MS,
  LATE_RECEIVE_MS,
} from '../../../../libs/queueing/src/waiting/limits.js';
import type { World } from '../../world/world.js';
import type { ClientLine } from '../client-line.js';
import type { Answer, MachineCommand } from '../gateway.js';
import type { WaitingPort } from '../waiting-calls.js';
import { GroupWatches } from './group-watches.js';
import { UndeliveredMessages } from './undelivered-messages.js';

/** What a consumer asks for. */
export interface ReceiveOrder {
  /** For the checks; the machine ignores it. */
  readonly operation: number;
  readonly topic: string;
  readonly group: string;
  readonly max: number;
  readonly waitMs: number;
  /** Null: the topic's. */
  readonly visibilityMs: number | null;
  readonly idempotency: IdempotencyScope | null;
  /** The caller's own deadline, virtual microseconds; the wait comes on top. */
  readonly deadlineUs: number;
}

export type ReceiveEnd =
  /** Messages as clients get them, JSON; none when nothing came in time. */
  | {
      readonly kind: 'received';
      readonly texts: readonly string[];
      readonly handedOut: number;
      readonly replayed: boolean;
    }
  /** The topics said something else. */
  | { readonly kind: 'refused'; readonly result: TopicResult | Presented }
  | { readonly kind: 'unknown' | 'notDone' };

/** What receiving needs of its node. */
export interface ReceivePort extends WaitingPort {
  /** The term that this node knows of. */
  term(): number;
}

interface Caller {
  readonly order: ReceiveOrder;
  readonly line: ClientLine;
  /** It was there when the leader said that nothing is ready. */
  waited: boolean;
  readonly done: (end: ReceiveEnd) => void;
}

/**
 * The receives of a node: the production WaitingRoom of queues with the clock, the timer, the cluster and
 * the clients of the simulation, as the production WaitingReceives and Receiver have their own.
 */
export class ReceiveCalls {
  private readonly room = new WaitingRoom();
  private readonly callers = new Map<number, Caller>();
  private readonly watches: GroupWatches;
  private readonly undelivered: UndeliveredMessages;
  private lastCallId = 0;
  private timerDueMs: number | null = null;

  constructor(
    private readonly world: World,
    private readonly port: ReceivePort,
  ) {
    this.watches = new GroupWatches(port);
    this.undelivered = new UndeliveredMessages(port);
  }

  /** Receives and returns that have not come to their end. */
  get size(): number {
    return this.room.size + this.undelivered.size;
  }

  receive(order: ReceiveOrder, line: ClientLine, done: (end: ReceiveEnd) => void): void {
    const { port } = this;
    this.lastCallId += 1;
    const callId = this.lastCallId;
    const nowMs = port.nowMs();
    const { topic, group, max, waitMs } = order;
    const keyed = order.idempotency !== null;
    const answerByMs = nowMs + (order.deadlineUs - port.nowUs()) / 1000 + waitMs;
    this.callers.set(callId, { order, line, waited: false, done });
    this.room.join(
      { callId, topic, group, max, untilMs: nowMs + waitMs, answerByMs, keyed },
      nowMs,
    );
    line.onGone(() => this.left(callId));
    this.flush();
  }

  /** The proposer of a command that went through for another reason. */
  opened(proposer: string): void {
    this.watches.proposer = proposer;
  }

  /** Ends every wait, also those that come yet. */
  close(): void {
    if (this.room.size > 0) this.world.met('receive ended by a stopping node');
    this.room.close(this.port.nowMs());
    this.flush();
  }

  noticed(body: unknown): void {
    const { topic, group, ready } = readNotice(body);
    this.world.met('node told of ready messages');
    this.tell(topic, group, ready);
  }

  leaderNews(): void {
    this.watches.again((topic, group, ready) => this.tell(topic, group, ready));
  }

  private tell(topic: string, group: string, ready: number): void {
    this.room.noticed(topic, group, ready, this.port.nowMs());
    this.flush();
  }

  /** Its client has gone. A receive that is under way goes on, to return what it hands out. */
  private left(callId: number): void {
    if (!this.callers.delete(callId)) return;
    this.room.leave(callId, this.port.nowMs());
    this.flush();
  }

  private flush(): void {
    for (const output of this.room.takeOutputs()) this.do(output);
    this.arm();
  }

  private do(output: RoomOutput): void {
    switch (output.kind) {
      case 'receive':
        return this.receiveFor(output.callId);
      case 'watch': {
        const { topic, group, wanted } = output;
        return this.watches.watch({ topic, group, wanted }, (ready) => {
          const nowMs = this.port.nowMs();
          if (ready === 0) this.nothingIsReady(topic, group);
          if (ready === undefined) this.room.watchFailed(topic, group, nowMs);
          else this.room.watchAnswered(topic, group, ready, nowMs);
          this.flush();
        });
      }
      case 'end': {
        const caller = this.take(output.callId);
        switch (output.end) {
          case 'empty':
            return caller?.done({ kind: 'received', texts: [], handedOut: 0, replayed: false });
          case 'unknown':
            return caller?.done({ kind: 'unknown' });
          case 'no-answer':
          case 'shutting-down':
            return caller?.done({ kind: 'notDone' });
        }
      }
    }
  }

  private nothingIsReady(topic: string, group: string): void {
    for (const caller of this.callers.values()) {
      const { order } = caller;
      if (order.topic === topic && order.group === group) caller.waited = true;
    }
  }

  private receiveFor(callId: number): void {
    const { port, room } = this;
    const caller = this.callers.get(callId);
    if (caller === undefined) {
      // Its client went before it was sent.
      room.receiveFailed(callId, port.nowMs());
      return this.flush();
    }
    const { topic, group, max, visibilityMs, idempotency, operation } = caller.order;
    const body: ReceiveCommand & { readonly operation: number } = {
      kind: 'receive',
      topic,
      group,
      consumer: null,
      max,
      visibilityMs,
      operation,
    };
    const term = port.term();
    const command = { machine: TOPIC_MACHINE, body, idempotency, ...limitsOf(caller.order) };
    port.gateway.execute(command, (answer) => {
      if (port.term() !== term) this.world.met('leader changed while a receive was under way');
      this.receiveEnded(callId, caller, answer);
      this.flush();
    });
  }

  private receiveEnded(callId: number, caller: Caller, answer: Answer): void {
    const { port, room } = this;
    const nowMs = port.nowMs();
    if (answer.kind !== 'applied') {
      room.receiveFailed(callId, nowMs);
      const kind = answer.kind === 'notDone' ? 'notDone' : 'unknown';
      return this.take(callId)?.done({ kind });
    }
    this.opened(answer.proposer);
    const result = readResult(answer.result);
    if (result.status !== 'received') {
      room.receiveFailed(callId, nowMs);
      return this.take(callId)?.done({ kind: 'refused', result });
    }
    room.received(callId, result.messages.length, nowMs);
    if (result.messages.length > 0) this.found(callId, caller, result, answer.replayed);
  }

  /** Messages for a caller, unless he is gone. */
  private found(
    callId: number,
    { order, line }: Caller,
    result: Received | Presented,
    replayed: boolean,
  ): void {
    const waiting = this.take(callId);
    const keyed = order.idempotency !== null;
    const giveBack = (): void => {
      // Whoever has a key asks again, and gets them.
      if (!keyed) this.undelivered.giveBack(order.topic, order.group, result);
    };
    if (waiting === undefined) return giveBack();
    this.withBodies(order, result, (presented) => {
      if (presented === null) {
        giveBack();
        return waiting.done({ kind: 'unknown' });
      }
      if (waiting.waited) this.world.met('receive waited for a message');
      const texts = deliveredTexts(presented).map(({ text }) => text);
      waiting.done({ kind: 'received', texts, handedOut: result.messages.length, replayed });
      if (line.gone) giveBack();
    });
  }

  /** An answer that is repeated has none; what is no longer in flight is not handed out again. */
  private withBodies(
    { topic, deadlineUs }: ReceiveOrder,
    received: Received | Presented,
    use: (presented: Presented | null) => void,
  ): void {
    if ('bodies' in received) return use(received);
    const { topicId, groupId, deliveryId } = received;
    const query = { kind: 'bodies', topic, topicId, groupId, deliveryId } as const;
    const untilUs = Math.max(deadlineUs, this.port.nowUs() + BODIES_TIMEOUT_MS * 1000);
    this.port.gateway.query(TOPIC_MACHINE, query, untilUs, (answer) => {
      if (answer.kind !== 'read') return use(null);
      const page = readAnswer('bodies', answer.result);
      use({ ...received, bodies: 'bodies' in page ? page.bodies : [] });
    });
  }

  private take(callId: number): Caller | undefined {
    const caller = this.callers.get(callId);
    this.callers.delete(callId);
    return caller;
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

/** A receive of a client without a key goes on after its end, to return what it hands out. */
function limitsOf({
  deadlineUs,
  waitMs,
  idempotency,
}: ReceiveOrder): Pick<MachineCommand, 'deadlineUs' | 'giveUpByUs'> {
  const answerByUs = deadlineUs + waitMs * 1000;
  if (idempotency !== null) return { deadlineUs: answerByUs };
  return {
    deadlineUs: answerByUs + LATE_RECEIVE_MS * 1000,
    giveUpByUs: answerByUs - GIVE_UP_AHEAD_MS * 1000,
  };
}
