import { configure, publish, publishMany } from './testing/topic-commands.js';
import { LOG_TIME_MS, TableUnderTest } from './testing/table-under-test.js';

describe('Publishing', () => {
  it('numbers messages in publish order and makes the topic', () => {
    const run = new TableUnderTest();
    expect(run.apply(publish('a', 'x', 'y'))).toEqual({
      status: 'published',
      topicId: 1,
      first: 1,
      count: 2,
      duplicates: [],
    });
    expect(run.publish('a', 'z').first).toBe(3);
    expect(run.publish('b', 'other')).toMatchObject({ topicId: 2, first: 1 });
    expect(run.texts('a')).toEqual(['x', 'y', 'z']);
    expect(run.counts('a')).toEqual({ messages: 3, bytes: 3 * 6, delayed: 0 });
    expect(run.effects).toEqual([
      { kind: 'published', topic: 'b', messages: 1 },
      { kind: 'changed', topic: 'b' },
    ]);
  });

  it('of 100 plain messages is one record besides the counts', () => {
    const run = new TableUnderTest();
    run.publish('a', 'first');
    run.tables.takeWrites();
    run.apply(publishMany('a', 100));
    // The segment, the counts of the topic, and those of the block of sequences.
    expect(run.tables.takeWrites()).toBe(3);
    expect(run.tables.counts).toEqual({
      topics: 1,
      counters: 1,
      numbers: 1,
      segments: 2,
      blocks: 1,
    });
  });

  it('keeps one segment of each priority, each with its own of the messages', () => {
    const run = new TableUnderTest();
    run.publish('a', { text: 'low', priority: 0 }, 'mid', { text: 'high', priority: 9 }, 'mid2');
    expect(run.topic('a').counts.segments).toEqual([1, 0, 0, 0, 1, 0, 0, 0, 0, 1]);
    expect(run.texts('a')).toEqual(['low', 'mid', 'high', 'mid2']);
    expect(run.reopened().texts('a')).toEqual(['low', 'mid', 'high', 'mid2']);
  });

  it('cuts what is large into segments of 64 KiB', () => {
    const run = new TableUnderTest();
    const large = '7'.repeat(30 * 1_024);
    run.publish('a', large, large, large, 'x', '8'.repeat(100 * 1_024), 'y');
    expect(run.topic('a').counts.segments[4]).toBe(4);
    expect(run.texts('a').map(({ length }) => length)).toEqual([
      30_720, 30_720, 30_720, 1, 102_400, 1,
    ]);
  });

  it('finds messages again that are not in memory', () => {
    const run = new TableUnderTest();
    for (let count = 0; count < 10; count += 1) run.apply(publishMany('a', 7));
    run.publish('a', { text: 'urgent', priority: 9 });
    const { segments } = run.reopened().topic('a');
    for (let sequence = 1; sequence <= 71; sequence += 1) {
      const located = segments.find(sequence);
      expect([sequence, located?.segment.sequenceAt(located.place)]).toEqual([sequence, sequence]);
    }
    expect(segments.find(0)).toBeUndefined();
    expect(segments.find(72)).toBeUndefined();
  });

  it('is refused as a whole beyond the limits, and changes nothing', () => {
    const run = new TableUnderTest();
    run.apply(configure('a', { maxMessages: 3 }));
    run.publish('a', 'x', 'y');
    const before = run.tables.text();
    expect(run.apply(publish('a', 'z', { text: 'more', deduplicationId: 'd' }))).toEqual({
      status: 'queue-full',
      message: 'The topic takes at most 3 messages.',
    });
    expect(run.tables.text()).toBe(before);
    expect(run.publish('a', 'z').first).toBe(3);

    run.apply(configure('b', { maxBytes: 13 }));
    // Six bytes each: an array, its kind, the body with a head of two, and no headers.
    run.publish('b', 'x', 'y');
    expect(run.apply(publish('b', 'z'))).toEqual({
      status: 'queue-full',
      message: 'The topic takes at most 13 bytes of messages.',
    });
  });

  it('a key counts towards the bytes of its message', () => {
    const run = new TableUnderTest();
    run.apply(configure('a', { maxBytes: 11 }));
    expect(run.apply(publish('a', { text: 'x', key: 'äöü' }))).toMatchObject({
      status: 'queue-full',
    });
    run.publish('a', { text: 'x', key: 'äö1' });
    expect(run.counts('a').bytes).toBe(6 + 5);
  });

  it('drops the oldest open messages of all priorities where the topic wants that', () => {
    const run = new TableUnderTest();
    run.apply(configure('a', { maxMessages: 4, overflow: 'drop-oldest' }));
    run.publish('a', { text: 'one', priority: 9 }, { text: 'late', delayMs: 50 }, 'two', 'three');
    run.publish('a', 'four', 'five');
    expect(run.texts('a')).toEqual(['late', 'three', 'four', 'five']);
    // Delayed messages are never dropped: this one cannot have room.
    expect(run.apply(publishMany('a', 4))).toMatchObject({ status: 'queue-full' });
    expect(run.texts('a')).toEqual(['late', 'three', 'four', 'five']);
    run.publish('a', '6', '7', '8');
    expect(run.texts('a')).toEqual(['late', '6', '7', '8']);
  });

  it('drops fewer where many groups have to hear of it, but as many as a publish can have', () => {
    const run = new TableUnderTest();
    const thousand = Array.from({ length: 1_000 }, () => 'x');
    for (let count = 0; count < 10; count += 1) run.publish('a', ...thousand);
    for (let group = 0; group < 64; group += 1) {
      run.apply({ kind: 'create-group', topic: 'a', group: `g${group}`, from: 'latest' });
    }
    const { bytes, messages } = run.counts('a');
    run.apply(configure('a', { maxBytes: bytes, overflow: 'drop-oldest' }));
    expect(messages).toBe(10_000);
    expect(run.apply(publish('a', 'y'.repeat(20_000)))).toMatchObject({ status: 'queue-full' });
    run.publish('a', ...thousand);
    expect(run.counts('a')).toEqual({ bytes, messages: 10_000, delayed: 0 });
  });

  it('a topic that is refused its first messages is not made', () => {
    const run = new TableUnderTest();
    run.publish('a', 'x');
    expect(run.table.shard.topic('b')).toBeUndefined();
    expect(run.table.shard.topicCount).toBe(1);
  });

  it('log time decides, not the order of anything else', () => {
    const run = new TableUnderTest();
    run.publish('a', 'x');
    run.nowMs += 5;
    run.publish('a', 'y');
    const topic = run.topic('a');
    expect(topic.sequenceAtTime(LOG_TIME_MS)).toBe(1);
    expect(topic.sequenceAtTime(LOG_TIME_MS + 1)).toBe(2);
    expect(topic.sequenceAtTime(LOG_TIME_MS + 5)).toBe(2);
    expect(topic.sequenceAtTime(LOG_TIME_MS + 6)).toBe(3);
  });
});
