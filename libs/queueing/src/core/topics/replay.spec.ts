import * as fc from 'fast-check';
import type { TopicCommand } from '../commands/topic-command.js';
import { MemoryTables } from '../groups/testing/memory-tables.js';
import type { NumberedMessage } from './outbox/leaving-message.js';
import type { Received } from '../commands/topic-result.js';
import { messageId } from '../message/message-id.js';
import { ack, configure, publish, receive, type Draft } from './testing/topic-commands.js';
import { TableUnderTest } from './testing/table-under-test.js';

/** More or others: TOPIC_REPLAY_RUNS=1000 TOPIC_REPLAY_SEED=7 */
const RUNS = Number(process.env['TOPIC_REPLAY_RUNS'] ?? 15);
const SEED = Number(process.env['TOPIC_REPLAY_SEED'] ?? 5);

type Step =
  | { readonly kind: 'publish'; readonly topic: string; readonly drafts: readonly Draft[] }
  | { readonly kind: 'receive'; readonly topic: string; readonly group: string }
  | { readonly kind: 'settle'; readonly how: number; readonly which: number }
  | { readonly kind: 'other'; readonly topic: string; readonly group: string; readonly how: number }
  | { readonly kind: 'pass'; readonly ms: number };

const names = fc.constantFrom('a', 'b');
const groups = fc.constantFrom('g', 'h');
const draft: fc.Arbitrary<Draft> = fc.record(
  {
    // The last is more than half a segment.
    text: fc.constantFrom('x', 'y', 'y'.repeat(100), 'z'.repeat(33_000)),
    priority: fc.constantFrom(0, 4, 9),
    key: fc.constantFrom('k', 'l'),
    delayMs: fc.constantFrom(0, 5, 20),
    ttlMs: fc.constantFrom(10, 30),
    deduplicationId: fc.constantFrom('one', 'two', 'three'),
  },
  { requiredKeys: ['text'] },
);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('publish' as const),
      topic: names,
      drafts: fc.array(draft, { minLength: 1, maxLength: 6 }),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant('receive' as const), topic: names, group: groups }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('settle' as const),
      how: fc.nat(9),
      which: fc.nat(2),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('other' as const),
      topic: names,
      group: groups,
      how: fc.nat(14),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant('pass' as const), ms: fc.constantFrom(1, 7, 40) }),
  },
);

/** What the step is, given the last thing that was received. */
function commandOf(of: Step, last: Received | undefined, first: TableUnderTest): TopicCommand {
  switch (of.kind) {
    case 'publish':
      return publish(of.topic, ...of.drafts);
    case 'receive':
      return receive(of.topic, of.group, 3);
    case 'pass':
      return { kind: 'due', term: 1 };
    case 'settle': {
      const topic = first.table.shard.topicOf(last?.topicId ?? 0);
      const group = topic?.groups?.nameOf(last?.groupId ?? 0);
      if (last === undefined || topic === undefined || group === undefined) {
        return { kind: 'sweep' };
      }
      const command = ack(topic.name, group, last, (sequence) => sequence % 3 !== of.which);
      if (command.receipts.every(({ sequences }) => sequences.length === 0)) {
        return { kind: 'sweep' };
      }
      if (of.how < 6) return command;
      if (of.how === 6) return { ...command, kind: 'return' };
      if (of.how === 7) return { ...command, kind: 'extend', visibilityMs: 25 };
      const terms = { delayMs: null, reason: null, deadLetter: of.how === 8 };
      return { ...command, kind: 'nack', ...terms };
    }
    case 'other':
      return otherCommand(of, first);
  }
}

/** Of `away`, and of all that begins so, nothing is here. */
const places = { own: 0, shardOf: (topic: string) => (topic.startsWith('away') ? 1 : 0) };

/** Two messages that left the other shard: one fails there and stands here, one goes back to its group. */
function arrivals(first: TableUnderTest, topic: string, group: string): readonly NumberedMessage[] {
  const { packed } = publish(topic, 'from another shard').parts[0] ?? {};
  const origin = { topic: 'away', group, sequence: 1 };
  const message = { topic, from: 'away', priority: 4, key: null, origin, isBack: false };
  const back = { ...message, origin: { ...origin, topic }, isBack: true };
  const number = first.nowMs * 4;
  return [message, back].map((one, at) => ({
    number: number + at,
    ...one,
    packed: packed ?? new Uint8Array(),
  }));
}

function otherCommand(
  { topic, group, how }: Extract<Step, { kind: 'other' }>,
  first: TableUnderTest,
): TopicCommand {
  const others: readonly TopicCommand[] = [
    { kind: 'sweep' },
    configure(topic, { visibilityMs: 100, maxMessages: 12, overflow: 'drop-oldest' }),
    configure(topic, { retention: 'log', maxAgeMs: 50, maxDeliveries: 1 }),
    { kind: 'create-group', topic, group, from: 'latest' },
    { kind: 'delete-group', topic, group },
    { kind: 'seek', topic, group, to: { kind: 'time', timeMs: first.nowMs - 10 } },
    { kind: 'seek', topic, group, to: { kind: 'earliest' } },
    { kind: 'purge', topic },
    { kind: 'delete-topic', topic },
    { kind: 'redrive', topic, max: 2, to: null },
    { kind: 'redrive', topic, max: 2, to: 'away' },
    configure(topic, { deadLetterTopic: 'away', maxDeliveries: 1 }),
    { kind: 'outbox-delivered', to: 1, through: first.table.shard.outbox.firstFor(1) ?? 0 },
    { kind: 'deliver-outbox', from: 1, messages: arrivals(first, topic, group) },
    {
      kind: 'delete-message',
      topic,
      id: messageId(first.table.shard.topic(topic)?.topicId ?? 1, 2),
    },
  ];
  return others[how] ?? { kind: 'sweep' };
}

describe('A replica that was just opened', () => {
  it('does as one that was never closed: the same answers, effects and records', () => {
    const met = new Map<string, number>();
    const property = fc.property(fc.array(step, { minLength: 20, maxLength: 60 }), (steps) => {
      const first = new TableUnderTest(new MemoryTables(), places);
      let twin = new TableUnderTest(new MemoryTables(), places);
      let last: Received | undefined;
      for (const one of steps) {
        const ms = one.kind === 'pass' ? one.ms : 0;
        first.nowMs += ms;
        const command = commandOf(one, last, first);
        const result = first.apply(command);
        twin = twin.reopened();
        twin.nowMs = first.nowMs;
        expect(twin.apply(command)).toEqual(result);
        expect(twin.effects).toEqual(first.effects);
        expect(twin.tables.text() === first.tables.text()).toBe(true);
        expect(twin.table.shard.due.nextMs).toBe(first.table.shard.due.nextMs);
        if (result.status === 'received' && result.messages.length > 0) last = result;
        met.set(result.status, (met.get(result.status) ?? 0) + 1);
      }
      for (const name of ['a', 'b', 'a.dead', 'b.dead']) {
        if (first.table.shard.topic(name) !== undefined) {
          first.apply({ kind: 'delete-topic', topic: name });
        }
      }
      first.sweepAll();
      first.apply({
        kind: 'outbox-delivered',
        to: 1,
        through: Number.MAX_SAFE_INTEGER,
      });
      // Numbers are never given twice.
      const numbers = { numbers: 1, outboxes: 1, inboxes: 1 };
      expect({ ...numbers, ...first.tables.counts }).toEqual(numbers);
    });
    fc.assert(property, { numRuns: RUNS, seed: SEED });
    for (const status of [
      'outbox-taken',
      'published',
      'received',
      'settled',
      'sought',
      'redriven',
      'purged',
    ]) {
      expect([status, (met.get(status) ?? 0) > 0]).toEqual([status, true]);
    }
  });
});
