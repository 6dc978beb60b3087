import type {
  DeliveryReceipts,
  ReturnCommand,
} from '../../../../libs/queueing/src/core/commands/topic-command.js';
import type { Received } from '../../../../libs/queueing/src/core/commands/topic-result.js';
import { TOPIC_MACHINE } from '../../../../libs/queueing/src/machine/topic-machine.js';
import {
  RETURN_FOR_MS,
  RETURN_RETRY_MS,
  RETURN_TIMEOUT_MS,
} from '../../../../libs/queueing/src/waiting/limits.js';
import type { WaitingPort } from '../waiting-calls.js';

type ReturnPort = Pick<WaitingPort, 'gateway' | 'nowUs' | 'nowMs' | 'after'>;

/** Returns messages whose consumers were gone: the production UndeliveredMessages without its promises. */
export class UndeliveredMessages {
  private underWay = 0;

  constructor(private readonly port: ReturnPort) {}

  /** Returns that are not decided. */
  get size(): number {
    return this.underWay;
  }

  /** Begins to return them, and goes on for a while until that is decided. */
  giveBack(topic: string, group: string, received: Received): void {
    const { topicId, groupId, deliveryId, messages } = received;
    const sequences = messages.map(({ sequence }) => sequence);
    const receipts: readonly DeliveryReceipts[] = [{ topicId, groupId, deliveryId, sequences }];
    this.underWay += 1;
    const untilMs = this.port.nowMs() + RETURN_FOR_MS;
    this.attempt({ kind: 'return', topic, group, receipts }, untilMs);
  }

  private attempt(body: ReturnCommand, untilMs: number): void {
    const { port } = this;
    const deadlineUs = port.nowUs() + RETURN_TIMEOUT_MS * 1000;
    const command = { machine: TOPIC_MACHINE, body, idempotency: null, deadlineUs };
    port.gateway.execute(command, (answer) => {
      if (answer.kind === 'applied' || port.nowMs() >= untilMs) {
        this.underWay -= 1;
        return;
      }
      port.after(RETURN_RETRY_MS * 1000, () => this.attempt(body, untilMs));
    });
  }
}
