import {
  encode,
  type Applied,
  type ApplyContext,
  type Instant,
  type LeaderDuties,
  type ReplicatedMachine,
  type Rereading,
  type StateTables,
} from '@sinkron/consensus';
import { invariant } from '@sinkron/invariant';
import { readCommand } from '../../../../libs/queueing/src/core/commands/reading/read-command.js';
import type {
  DeliveryReceipts,
  TopicCommand,
} from '../../../../libs/queueing/src/core/commands/topic-command.js';
import type { Received } from '../../../../libs/queueing/src/core/commands/topic-result.js';
import type { TopicEffect } from '../../../../libs/queueing/src/core/topics/topic-effect.js';
import { TopicMachine } from '../../../../libs/queueing/src/machine/topic-machine.js';
import { readResult } from '../../../../libs/queueing/src/store/reading/read-result.js';

/** The production topic machine with something done behind its back. */
export class TamperedTopics implements ReplicatedMachine<TopicEffect> {
  readonly name: string;
  readonly duties: LeaderDuties<TopicEffect>;
  protected readonly inner = new TopicMachine();
  private opened: StateTables | null = null;

  constructor() {
    this.name = this.inner.name;
    this.duties = this.inner.duties;
  }

  open(tables: StateTables): void {
    this.opened = tables;
    this.inner.open(tables);
  }

  reread(tables: StateTables): Rereading {
    this.opened = tables;
    return this.inner.reread(tables);
  }

  apply(command: unknown, context: ApplyContext): Applied<TopicEffect> {
    return this.tampered(readCommand(command), context);
  }

  query(query: unknown, instant: Instant): unknown {
    return this.inner.query(query, instant);
  }

  /** Applies the command, as it is or otherwise. */
  protected tampered(command: TopicCommand, context: ApplyContext): Applied<TopicEffect> {
    return this.inner.apply(command, context);
  }

  protected get tables(): StateTables {
    invariant(this.opened !== null, 'TamperedTopics: open comes first');
    return this.opened;
  }

  /** Keeps something beside the machine's own records, on every replica. */
  protected note(key: string, value: unknown): void {
    this.tables.put('mutant', key, encode(value));
  }
}

/** What was handed out; null when nothing was. */
export function handedOut({ result }: Applied<TopicEffect>): Received | null {
  const read = readResult(result);
  return read.status === 'received' && read.messages.length > 0 ? read : null;
}

export function receiptsOf({
  topicId,
  groupId,
  deliveryId,
  messages,
}: Received): readonly DeliveryReceipts[] {
  return [{ topicId, groupId, deliveryId, sequences: messages.map(({ sequence }) => sequence) }];
}
