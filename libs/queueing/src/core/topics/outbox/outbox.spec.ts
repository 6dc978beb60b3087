import * as fc from 'fast-check';
import { readCommand } from '../../commands/reading/read-command.js';
import type { OutboxTaken } from '../../commands/topic-result.js';
import { MemoryTables } from '../../groups/testing/memory-tables.js';
import { ack, configure } from '../testing/topic-commands.js';
import { LOG_TIME_MS, sequencesOf, TableUnderTest } from '../testing/table-under-test.js';
import type { NumberedMessage } from './leaving-message.js';
import { LOAD_BYTES_MAX, LOAD_MESSAGES_MAX } from './limits.js';

/** More or others: OUTBOX_RUNS=1000 OUTBOX_SEED=7 */
const RUNS = Number(process.env['OUTBOX_RUNS'] ?? 60);
const SEED = Number(process.env['OUTBOX_SEED'] ?? 9);

/** `b…` is in shard 1, all else in shard 0. */
const shardOf = (topic: string): number => (topic.startsWith('b') ? 1 : 0);
const shard = (own: number, tables = new MemoryTables()) =>
  new TableUnderTest(tables, { own, shardOf });

/** Rejects everything that the group gets now. */
function reject(run: TableUnderTest, topic: string, group: string): void {
  const { receipts } = ack(topic, group, run.receive(topic, group));
  const terms = { delayMs: null, reason: null, deadLetter: true };
  run.apply({ kind: 'nack', topic, group, receipts, ...terms });
}

/** A shard of which messages have left for `b.lost`. */
function leaving(...texts: readonly string[]): TableUnderTest {
  const run = shard(0);
  run.apply(configure('a', { deadLetterTopic: 'b.lost' }));
  run.publish('a', ...texts.map((text) => ({ text, priority: 7, key: text })));
  reject(run, 'a', 'g');
  return run;
}

function load(run: TableUnderTest, to = 1): readonly NumberedMessage[] {
  return run.table.shard.outbox.load(to);
}

function deliver(run: TableUnderTest, from: number, messages: readonly NumberedMessage[]): number {
  const result = run.apply({ kind: 'deliver-outbox', from, messages });
  expect(result.status).toBe('outbox-taken');
  return (result as OutboxTaken).through;
}

/** Everything that waits goes from one shard to the other, and is removed. */
function drain(from: TableUnderTest, to: TableUnderTest, own = 0): void {
  const other = 1 - own;
  for (let next = load(from, other); next.length > 0; next = load(from, other)) {
    const through = deliver(to, own, next);
    from.apply({ kind: 'outbox-delivered', to: other, through });
  }
}

const FIRST = LOG_TIME_MS * 1_024;

describe('Messages for another shard', () => {
  it('leave their topic in the entry in which they fail, with all that is known of them', () => {
    const run = leaving('x', 'y');
    expect(run.effects).toEqual([
      { kind: 'dead-lettered', topic: 'a', group: 'g' },
      { kind: 'dead-lettered', topic: 'a', group: 'g' },
      { kind: 'changed', topic: 'a' },
    ]);
    expect(run.texts('a')).toEqual([]);
    expect(run.table.shard.topic('b.lost')).toBeUndefined();
    const [first, second] = load(run);
    expect(first).toEqual({
      number: FIRST,
      topic: 'b.lost',
      from: 'a',
      priority: 7,
      key: 'x',
      origin: { topic: 'a', group: 'g', sequence: 1 },
      isBack: false,
      packed: first?.packed,
    });
    expect(second?.number).toBe(FIRST + 1);
    const bytes = (first?.packed.length ?? 0) + (second?.packed.length ?? 0);
    expect(run.table.shard.outbox.counts).toEqual({ messages: 2, bytes });
    expect([...run.table.shard.outbox.targets]).toEqual([1]);
    expect(Buffer.from(first?.packed ?? []).toString()).toContain('"sinkron-origin-id":"1-1"');
  });

  it('are stored there once, with their key and priority, however often and in whichever order they come', () => {
    const source = leaving('x', 'y', 'z');
    const all = load(source);
    const target = shard(1);
    expect(deliver(target, 0, all.slice(0, 2))).toBe(FIRST + 1);
    expect(target.effects).toEqual([{ kind: 'changed', topic: 'b.lost' }]);
    expect(deliver(target, 0, all.slice(0, 1))).toBe(FIRST + 1);
    expect(target.effects).toEqual([]);
    expect(deliver(target, 0, all)).toBe(FIRST + 2);
    expect(deliver(target, 0, all.slice(0, 2))).toBe(FIRST + 2);
    expect(target.texts('b.lost')).toEqual(['x', 'y', 'z']);
    expect(target.receive('b.lost', 'g').messages).toEqual([
      { sequence: 1, priority: 7, key: 'x', deliveries: 1 },
      { sequence: 2, priority: 7, key: 'y', deliveries: 1 },
      { sequence: 3, priority: 7, key: 'z', deliveries: 1 },
    ]);
  });

  it('come from several shards, each with its own numbers', () => {
    const messages = load(leaving('x'));
    const target = shard(1);
    deliver(target, 0, messages);
    deliver(target, 2, messages);
    deliver(target, 2, messages);
    expect(target.texts('b.lost')).toEqual(['x', 'x']);
  });

  it('stay until the other shard has said that it has them, and no longer', () => {
    const source = leaving('x', 'y', 'z');
    const [, second, third] = load(source);
    source.apply({ kind: 'outbox-delivered', to: 1, through: FIRST + 1 });
    expect(load(source)).toEqual([third]);
    expect(source.table.shard.outbox.counts).toEqual({
      messages: 1,
      bytes: third?.packed.length,
    });
    source.apply({ kind: 'outbox-delivered', to: 1, through: second?.number ?? 0 });
    source.apply({ kind: 'outbox-delivered', to: 3, through: FIRST + 9 });
    expect(source.table.shard.outbox.counts.messages).toBe(1);
    source.apply({ kind: 'outbox-delivered', to: 1, through: FIRST + 2 });
    expect(source.table.shard.outbox.counts).toEqual({ messages: 0, bytes: 0 });
    expect([...source.table.shard.outbox.targets]).toEqual([]);
    // The same moment: numbers go on.
    source.publish('a', 'w');
    reject(source, 'a', 'g');
    expect(load(source).map(({ number }) => number)).toEqual([FIRST + 3]);
  });

  it('are known to both shards when these are read from their tables again', () => {
    const source = leaving('x', 'y').reopened();
    expect(load(source).map(({ number }) => number)).toEqual([FIRST, FIRST + 1]);
    expect([...source.table.shard.outbox.targets]).toEqual([1]);
    const target = shard(1);
    deliver(target, 0, load(source));
    const other = target.reopened();
    expect(deliver(other, 0, load(source))).toBe(FIRST + 1);
    expect(other.texts('b.lost')).toEqual(['x', 'y']);
  });

  it('get numbers that are new to the other shard, though theirs went back to an earlier state', () => {
    const source = leaving('x');
    const earlier = source.reopened();
    const target = shard(1);
    source.publish('a', 'y');
    reject(source, 'a', 'g');
    deliver(target, 0, load(source));
    earlier.nowMs += 1;
    earlier.publish('a', 'z');
    reject(earlier, 'a', 'g');
    deliver(target, 0, load(earlier));
    expect(target.texts('b.lost')).toEqual(['x', 'y', 'z']);
  });

  it('go as many at a time as one entry takes', () => {
    const many = shard(0);
    many.apply(configure('a', { deadLetterTopic: 'b.lost' }));
    for (let at = 0; at < LOAD_MESSAGES_MAX + 4; at += 4) {
      many.publish('a', 'x', 'x', 'x', 'x');
      reject(many, 'a', 'g');
    }
    expect(load(many)).toHaveLength(LOAD_MESSAGES_MAX);
    const large = 'x'.repeat(LOAD_BYTES_MAX / 2);
    const heavy = shard(0);
    heavy.apply(configure('a', { deadLetterTopic: 'b.lost' }));
    heavy.publish('a', large, large, 'small');
    reject(heavy, 'a', 'g');
    expect(load(heavy)).toHaveLength(1);
    const target = shard(1);
    drain(heavy, target);
    expect(target.texts('b.lost')).toEqual([large, large, 'small']);
  });

  it('make the topic that is to have them anew when it is deleted meanwhile, past its limits', () => {
    const source = leaving('x', 'y');
    const target = shard(1);
    target.apply(configure('b.lost', { maxMessages: 1 }));
    deliver(target, 0, load(source).slice(0, 1));
    target.apply({ kind: 'delete-topic', topic: 'b.lost' });
    deliver(target, 0, load(source));
    expect(target.texts('b.lost')).toEqual(['y']);
  });

  it('are refused out of order, and with anything but one message in each', () => {
    const [first, second] = load(leaving('x', 'y'));
    const command = (...messages: readonly unknown[]) => ({
      kind: 'deliver-outbox',
      from: 0,
      messages,
    });
    expect(readCommand(command(first, second))).toEqual(command(first, second));
    expect(() => readCommand(command(second, first))).toThrow('ascending numbers');
    expect(() => readCommand(command({ ...first, packed: new Uint8Array(3) }))).toThrow('packed');
    expect(() => readCommand(command({ ...first, origin: null, isBack: true }))).toThrow('origin');
  });
});

describe('A redrive', () => {
  it('takes dead letters to a topic of another shard, and counts what left', () => {
    const source = shard(0);
    source.publish('a', 'x', 'y');
    reject(source, 'a', 'g');
    const redrive = { kind: 'redrive', topic: 'a', max: 10, to: 'b' } as const;
    expect(source.apply(redrive)).toEqual({ status: 'redriven', moved: 2 });
    expect(source.apply(redrive)).toEqual({ status: 'redriven', moved: 0 });
    expect(source.texts('a.dead')).toEqual([]);
    const target = shard(1);
    target.publish('b', 'old');
    drain(source, target);
    expect(target.texts('b')).toEqual(['old', 'x', 'y']);
    expect(sequencesOf(target.receive('b', 'g'))).toEqual([1, 2, 3]);
  });

  it('brings them back from another shard, to the group where they failed only', () => {
    const source = leaving('x', 'y');
    source.apply({ kind: 'create-group', topic: 'a', group: 'other', from: 'earliest' });
    const target = shard(1);
    drain(source, target);
    const asked = source.apply({ kind: 'redrive', topic: 'a', max: 10, to: null });
    expect(asked).toEqual({ status: 'redriven', moved: 0, elsewhere: 'b.lost' });
    const redrive = { kind: 'redrive', topic: 'b.lost', max: 1, to: null } as const;
    expect(target.apply({ ...redrive, origin: 'c' })).toEqual({ status: 'redriven', moved: 0 });
    const moved = { status: 'redriven', moved: 1 };
    expect(target.apply({ ...redrive, origin: 'a' })).toEqual(moved);
    expect(target.apply(redrive)).toEqual(moved);
    drain(target, source, 1);
    expect(source.texts('a')).toEqual(['x', 'y']);
    expect(source.receive('a', 'other').messages).toEqual([]);
    expect(source.receive('a', 'g').messages).toEqual([
      { sequence: 3, priority: 7, key: 'x', deliveries: 1 },
      { sequence: 4, priority: 7, key: 'y', deliveries: 1 },
    ]);
  });

  it('of a message whose group is gone brings it back to where it stood', () => {
    const source = leaving('x');
    const target = shard(1);
    drain(source, target);
    source.apply({ kind: 'delete-group', topic: 'a', group: 'g' });
    target.apply({ kind: 'redrive', topic: 'b.lost', max: 1, to: null });
    expect(target.texts('b.lost')).toEqual([]);
    drain(target, source, 1);
    drain(source, target);
    expect(target.texts('b.lost')).toEqual(['x']);
    source.apply({ kind: 'create-group', topic: 'a', group: 'g', from: 'latest' });
    target.apply({ kind: 'redrive', topic: 'b.lost', max: 1, to: null });
    drain(target, source, 1);
    expect(source.texts('a')).toEqual(['x']);
    expect(sequencesOf(source.receive('a', 'g'))).toEqual([2]);
  });
});

const STEPS = ['fail', 'fail', 'send', 'send', 'arrive', 'arrive', 'remove', 'reopen'] as const;

describe('Two shards', () => {
  it('bring each message over once, whatever comes twice, late or not at all', () => {
    const step = fc.tuple(fc.constantFrom(...STEPS), fc.nat(5), fc.constantFrom(0, 0, 3));
    const property = fc.property(fc.array(step, { minLength: 20, maxLength: 60 }), (steps) => {
      let source = leaving('0');
      let target = shard(1);
      const failed = ['0'];
      const sent: (readonly NumberedMessage[])[] = [];
      const answers: number[] = [];
      for (const [kind, which, ms] of steps) {
        source.nowMs += ms;
        if (kind === 'fail') {
          const text = String(failed.length);
          failed.push(text);
          source.publish('a', text);
          reject(source, 'a', 'g');
        } else if (kind === 'send') sent.push(load(source));
        else if (kind === 'arrive') {
          const messages = sent.at(-1 - which);
          if (messages !== undefined) answers.push(deliver(target, 0, messages));
        } else if (kind === 'remove') {
          const through = answers.at(-1 - which);
          if (through !== undefined) source.apply({ kind: 'outbox-delivered', to: 1, through });
        } else if (which < 3) source = source.reopened();
        else target = target.reopened();
      }
      drain(source, target);
      expect(target.texts('b.lost')).toEqual(failed);
      expect(source.table.shard.outbox.counts).toEqual({ messages: 0, bytes: 0 });
    });
    fc.assert(property, { numRuns: RUNS, seed: SEED });
  });
});
