import { unreachable } from '@sinkron/invariant';
import type { TopicCommand } from '../commands/topic-command.js';
import type { TopicResult } from '../commands/topic-result.js';
import type { RecordCodec, RecordTables } from '../ports.js';
import { openShard } from './open-shard.js';
import { takeFromOutbox } from './outbox/arrivals.js';
import type { ShardPlaces } from './outbox/outbox.js';
import type { Shard } from './state/shard.js';
import { doDue } from './steps/due.js';
import { createGroup, GROUP_NOT_FOUND, receive, seek, settle } from './steps/groups.js';
import { publish } from './steps/publish.js';
import { redrive } from './steps/redrive.js';
import { sweep } from './steps/sweep.js';
import { configure, deleteMessage } from './steps/topics.js';
import type { TopicEffect } from './topic-effect.js';
import type { Topic } from './state/topic.js';

type CommandOfTopic = Exclude<
  TopicCommand,
  {
    readonly kind:
      'publish' | 'configure' | 'redrive' | 'deliver-outbox' | 'outbox-delivered' | 'due' | 'sweep';
  }
>;

/** What one command did. */
export interface Transition {
  readonly result: TopicResult;
  readonly effects: readonly TopicEffect[];
}

/**
 * All topics of one shard: the deterministic part, the same on every replica.
 *
 * The tables hold the truth; the memory has configurations, counts and some of the segments, and
 * answers the same when it is read again from the tables. Times are log times, so the clock of no
 * node decides anything.
 */
export class TopicTable {
  private opened: Shard | undefined;

  constructor(
    private readonly codec: RecordCodec,
    private readonly shardNumber = 0,
    private readonly shardOf: ShardPlaces['shardOf'] = () => shardNumber,
  ) {}

  /** For views and duties; nothing is to be changed there. */
  get shard(): Shard {
    if (this.opened === undefined) throw new Error('TopicTable: used before open');
    return this.opened;
  }

  /** @throws MalformedValue or InvariantViolation for records that this class did not write. */
  open(tables: RecordTables): void {
    const reading = this.reread(tables);
    let step = reading.next();
    while (step.done !== true) step = reading.next();
    step.value();
  }

  /**
   * Does the same in steps, for tables that replace the present ones as a whole: until what it returns
   * is called, the table answers as before.
   */
  *reread(tables: RecordTables): Generator<undefined, () => void> {
    const shard = yield* openShard(this.codec, tables, {
      own: this.shardNumber,
      shardOf: this.shardOf,
    });
    return () => {
      this.opened = shard;
    };
  }

  /** Applies one committed command at its log time. */
  apply(command: TopicCommand, logTimeMs: number): Transition {
    this.shard.nowMs = logTimeMs;
    const result = this.applied(command);
    return { result, effects: this.shard.finish() };
  }

  private applied(command: TopicCommand): TopicResult {
    switch (command.kind) {
      case 'publish':
        return publish(this.shard, command);
      case 'configure':
        return configure(this.shard, command);
      case 'redrive':
        return redrive(this.shard, command);
      case 'deliver-outbox':
        return takeFromOutbox(this.shard, command);
      case 'outbox-delivered':
        this.shard.outbox.remove(command.to, command.through);
        return { status: 'swept' };
      case 'due':
        doDue(this.shard);
        this.shard.tell({ kind: 'due-done', logTimeMs: this.shard.nowMs });
        return { status: 'swept' };
      case 'sweep':
        sweep(this.shard);
        return { status: 'swept' };
      case 'delete-topic':
      case 'purge':
      case 'delete-message':
      case 'create-group':
      case 'delete-group':
      case 'receive':
      case 'ack':
      case 'nack':
      case 'return':
      case 'extend':
      case 'seek': {
        const topic = this.shard.topic(command.topic);
        if (topic === undefined) return { status: 'topic-not-found' };
        this.shard.touch(topic);
        return this.appliedTo(topic, command);
      }
      default:
        return unreachable(command);
    }
  }

  private appliedTo(topic: Topic, command: CommandOfTopic): TopicResult {
    switch (command.kind) {
      case 'delete-topic':
        this.shard.delete(topic);
        return { status: 'deleted' };
      case 'purge':
        this.shard.purge(topic);
        return { status: 'purged' };
      case 'delete-message':
        return deleteMessage(topic, command);
      case 'create-group':
        return createGroup(this.shard, topic, command);
      case 'delete-group':
        if (topic.groups?.delete(command.group) !== true) return GROUP_NOT_FOUND;
        return { status: 'group-deleted' };
      case 'receive':
        return receive(this.shard, topic, command);
      case 'ack':
      case 'nack':
      case 'return':
      case 'extend':
        return settle(this.shard, topic, command);
      case 'seek':
        return seek(topic, command);
      default:
        return unreachable(command);
    }
  }
}
