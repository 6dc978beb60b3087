import type { TopicCommand } from '../../commands/topic-command.js';
import type { Published, Received, TopicResult } from '../../commands/topic-result.js';
import { MemoryTables } from '../../groups/testing/memory-tables.js';
import { unpackMessages } from '../../message/packed-messages.js';
import { messagePackCodec } from '../../../testing/record-codec.js';
import type { ShardPlaces } from '../outbox/outbox.js';
import type { TopicEffect } from '../topic-effect.js';
import { TopicTable } from '../topic-table.js';
import type { Topic } from '../state/topic.js';
import { walk } from '../state/walk.js';
import { publish, receive, type Draft } from './topic-commands.js';

/** Log time when a table under test begins. */
export const LOG_TIME_MS = 1_700_000_000_000;

const codec = messagePackCodec();

/** A table over tables in memory; its clock stands still unless a test moves it. */
export class TableUnderTest {
  readonly table: TopicTable;
  nowMs = LOG_TIME_MS;
  effects: readonly TopicEffect[] = [];

  constructor(
    readonly tables = new MemoryTables(),
    private readonly places: ShardPlaces = { own: 0, shardOf: () => 0 },
  ) {
    this.table = new TopicTable(codec, places.own, (topic) => places.shardOf(topic));
    this.table.open(tables);
    this.tables.takeWrites();
  }

  apply(command: TopicCommand): TopicResult {
    const { result, effects } = this.table.apply(command, this.nowMs);
    this.effects = effects;
    return result;
  }

  /** Time passes, and what is due then is done. */
  pass(ms: number): void {
    this.nowMs += ms;
    this.apply({ kind: 'due', term: 1 });
  }

  publish(topic: string, ...drafts: readonly (string | Draft)[]): Published {
    const result = this.apply(publish(topic, ...drafts));
    if (result.status !== 'published') throw new Error(`not published: ${JSON.stringify(result)}`);
    return result;
  }

  receive(topic: string, group: string, max?: number): Received {
    const result = this.apply(receive(topic, group, max));
    if (result.status !== 'received') throw new Error(`not received: ${JSON.stringify(result)}`);
    return result;
  }

  /** Sweeps until nothing is left. @returns how many sweeps that took. */
  sweepAll(): number {
    let sweeps = 0;
    for (; this.table.shard.sweepPending; sweeps += 1) {
      if (sweeps > 1_000) throw new Error('sweeps do not come to an end');
      this.apply({ kind: 'sweep' });
    }
    return sweeps;
  }

  topic(name: string): Topic {
    const topic = this.table.shard.topic(name);
    if (topic === undefined) throw new Error(`no topic ${name}`);
    return topic;
  }

  /** What is counted of a topic. */
  counts(name: string): { messages: number; bytes: number; delayed: number } {
    const { messages, bytes, delayed } = this.topic(name).counts;
    return { messages, bytes, delayed };
  }

  /** Bodies of all stored messages, by sequence. */
  texts(name: string): readonly string[] {
    const topic = this.topic(name);
    return [...walk(topic, 0)].map(({ segment, place }) => {
      const packed = topic.segments.packed(segment) ?? new Uint8Array();
      return new TextDecoder().decode(unpackMessages(codec, packed)[place]?.body);
    });
  }

  /** Another table over the same records, as after a restart. */
  reopened(): TableUnderTest {
    const other = new TableUnderTest(this.tables.copy(), this.places);
    other.nowMs = this.nowMs;
    return other;
  }
}

export function sequencesOf(received: Received): readonly number[] {
  return received.messages.map(({ sequence }) => sequence);
}
