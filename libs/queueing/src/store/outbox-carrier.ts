import { Injectable, Logger } from '@nestjs/common';
import { ClusterRouter, shardGroup } from '@sinkron/cluster';
import { ProblemError } from '@sinkron/http';
import { setTimeout as delay } from 'node:timers/promises';
import type { OutboxCommand } from '../core/commands/topic-command.js';
import type { TopicResult } from '../core/commands/topic-result.js';
import { TOPIC_MACHINE } from '../machine/topic-machine.js';
import type { OutboxCourier, OutboxLoad } from '../machine/other-shards.js';
import { OUTBOX_PAUSE_MS, OUTBOX_TIMEOUT_MS } from './limits.js';
import { QUEUES_FAMILY } from './queues-family.js';
import { readResult } from './reading/read-result.js';

/** Brings what leaves one shard to another through the leaders of both, wherever they are. */
@Injectable()
export class OutboxCarrier implements OutboxCourier {
  private readonly logger = new Logger(OutboxCarrier.name);

  constructor(private readonly router: ClusterRouter) {}

  async carry({ from, to, messages }: OutboxLoad): Promise<void> {
    try {
      const taken = await this.execute(to, { kind: 'deliver-outbox', from, messages });
      if (taken.status !== 'outbox-taken') throw new Error(`the shard answered ${taken.status}`);
      const { through } = taken;
      await this.execute(from, { kind: 'outbox-delivered', to, through });
    } catch (error) {
      // Without a leader, or while it is replaced, that is how it goes: nothing is lost, or comes twice.
      const level = error instanceof ProblemError ? 'debug' : 'warn';
      this.logger[level]('messages for another shard wait', { from, to, error });
      await delay(OUTBOX_PAUSE_MS, undefined, { ref: false });
    }
  }

  private async execute(shard: number, command: OutboxCommand): Promise<TopicResult> {
    const target = { group: shardGroup(QUEUES_FAMILY, shard), machine: TOPIC_MACHINE };
    const options = { deadlineMs: performance.now() + OUTBOX_TIMEOUT_MS };
    return readResult((await this.router.execute(target, command, options)).result);
  }
}
