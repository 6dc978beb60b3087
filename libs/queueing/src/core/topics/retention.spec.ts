import { GROUPS_PER_SHARD_MAX } from '../limits.js';
import { ack, configure, publishMany, receive } from './testing/topic-commands.js';
import { sequencesOf, TableUnderTest } from './testing/table-under-test.js';

describe('Retention', () => {
  it('work: a message goes when all groups have acknowledged it', () => {
    const run = new TableUnderTest();
    run.apply({ kind: 'create-group', topic: 'a', group: 'g', from: 'earliest' });
    run.publish('a', 'x', 'y', 'z');
    run.apply({ kind: 'create-group', topic: 'a', group: 'g', from: 'earliest' });
    run.apply({ kind: 'create-group', topic: 'a', group: 'h', from: 'earliest' });
    const [one, other] = [run.receive('a', 'g'), run.receive('a', 'h')];
    run.apply(ack('a', 'g', one, (sequence) => sequence !== 2));
    expect(run.texts('a')).toEqual(['x', 'y', 'z']);
    run.apply(ack('a', 'h', other, (sequence) => sequence !== 1));
    expect(run.texts('a')).toEqual(['x', 'y']);
    expect(run.counts('a')).toEqual({ messages: 2, bytes: 12, delayed: 0 });
    run.apply(ack('a', 'h', other, (sequence) => sequence === 1));
    run.apply(ack('a', 'g', one, (sequence) => sequence === 2));
    expect(run.counts('a')).toEqual({ messages: 0, bytes: 0, delayed: 0 });
    for (const table of ['segments', 'marks', 'blocks']) {
      expect([table, run.tables.counts[table]]).toEqual([table, undefined]);
    }
  });

  it('work: acknowledging a whole segment removes its record and writes no marks', () => {
    const run = new TableUnderTest();
    run.apply(publishMany('a', 100));
    const received = run.receive('a', 'g', 100);
    run.tables.takeWrites();
    run.apply(ack('a', 'g', received));
    // The segment, the counts of topic and block, the group and its delivery.
    expect(run.tables.takeWrites()).toBe(5);
    expect(run.tables.counts['marks']).toBeUndefined();
  });

  it('work without a group, and log, keep what there is', () => {
    const run = new TableUnderTest();
    run.publish('a', 'x');
    expect(run.texts('a')).toEqual(['x']);
    run.apply(configure('b', { retention: 'log' }));
    run.publish('b', 'y');
    run.apply(ack('b', 'g', run.receive('b', 'g')));
    run.sweepAll();
    expect(run.texts('b')).toEqual(['y']);
    expect(sequencesOf(run.receive('b', 'g'))).toEqual([]);
    run.apply({ kind: 'seek', topic: 'b', group: 'g', to: { kind: 'earliest' } });
    expect(sequencesOf(run.receive('b', 'g'))).toEqual([1]);
  });

  it('work: what a deleted group kept goes by sweeps, a part at a time', () => {
    const run = new TableUnderTest();
    for (let count = 0; count < 150; count += 1) run.publish('a', String(count));
    run.apply({ kind: 'create-group', topic: 'a', group: 'slow', from: 'earliest' });
    const received = run.receive('a', 'g', 1_000);
    run.apply(ack('a', 'g', received, (sequence) => sequence % 2 === 0));
    expect(run.counts('a').messages).toBe(150);
    run.apply({ kind: 'delete-group', topic: 'a', group: 'slow' });
    expect(run.counts('a').messages).toBe(150);
    const other = run.reopened();
    // 64 segments a sweep, and one for the records of the group.
    expect(run.sweepAll()).toBe(3);
    expect(run.counts('a').messages).toBe(75);
    other.sweepAll();
    expect(other.tables.text()).toBe(run.tables.text());
  });

  it('work: a group made at the latest message counts as done with those before', () => {
    const run = new TableUnderTest();
    run.publish('a', 'x', { text: 'late', delayMs: 10 });
    run.apply({ kind: 'create-group', topic: 'a', group: 'g', from: 'latest' });
    run.sweepAll();
    expect(run.texts('a')).toEqual([]);
    run.publish('a', 'y');
    run.sweepAll();
    expect(run.texts('a')).toEqual(['y']);
  });

  it('another one is refused while there are messages', () => {
    const run = new TableUnderTest();
    run.publish('a', 'x');
    expect(run.apply(configure('a', { retention: 'log' }))).toEqual({
      status: 'configuration-conflict',
      message: "The topic has messages: its retention stays 'work'.",
    });
    expect(run.apply(configure('a', { maxMessages: 1 }))).toEqual({
      status: 'configured',
      created: false,
    });
    run.apply({ kind: 'purge', topic: 'a' });
    expect(run.apply(configure('a', { retention: 'log' }))).toMatchObject({ status: 'configured' });
    expect(run.reopened().topic('a').configuration.retention).toBe('log');
  });
});

describe('Groups of a shard', () => {
  it('are limited, by first receives as well; one that begins anew stays', () => {
    const run = new TableUnderTest();
    run.publish('a', 'x');
    run.receive('a', 'g');
    const { groups } = run.table.shard;
    run.apply({ kind: 'seek', topic: 'a', group: 'g', to: { kind: 'earliest' } });
    run.apply({ kind: 'create-group', topic: 'a', group: 'h', from: 'latest' });
    expect([groups.count, run.reopened().table.shard.groups.count]).toEqual([2, 2]);
    groups.count = GROUPS_PER_SHARD_MAX;
    const full = {
      status: 'queue-full',
      message: 'The topics of a shard have at most 200000 groups, and they have them.',
    };
    expect(run.apply({ kind: 'create-group', topic: 'a', group: 'i', from: 'latest' })).toEqual(
      full,
    );
    expect(run.apply(receive('a', 'i'))).toEqual(full);
    expect(run.apply(receive('a', 'h'))).toMatchObject({ status: 'received' });
    run.apply({ kind: 'delete-group', topic: 'a', group: 'h' });
    expect(run.apply(receive('a', 'i'))).toMatchObject({ status: 'received' });
    run.apply({ kind: 'delete-topic', topic: 'a' });
    expect(groups.count).toBe(GROUPS_PER_SHARD_MAX - 2);
  });
});

describe('Marks', () => {
  it('forget groups that are gone when they are written', () => {
    const run = new TableUnderTest();
    run.apply(configure('a', { retention: 'log' }));
    run.publish('a', 'x', 'y');
    for (let again = 0; again < 3; again += 1) {
      run.apply(ack('a', 'g', run.receive('a', 'g', 1)));
      run.apply({ kind: 'seek', topic: 'a', group: 'g', to: { kind: 'earliest' } });
    }
    run.apply(ack('a', 'g', run.receive('a', 'g', 1)));
    const segment = run.topic('a').segments.first(4, 0);
    expect(segment?.marks.settled.size).toBe(1);
  });
});

describe('Deleting', () => {
  it('a topic is gone at once, and its records by sweeps', () => {
    const run = new TableUnderTest();
    for (let count = 0; count < 1_500; count += 1) {
      run.publish('a', { text: 'x', key: 'k', ttlMs: 1_000, deduplicationId: String(count) });
    }
    run.receive('a', 'g');
    expect(run.apply({ kind: 'delete-topic', topic: 'a' })).toEqual({ status: 'deleted' });
    expect(run.apply({ kind: 'delete-topic', topic: 'a' })).toEqual({ status: 'topic-not-found' });
    expect(run.publish('a', 'new')).toMatchObject({ topicId: 3, first: 1 });
    const other = run.reopened();
    run.tables.takeWrites();
    let most = 0;
    while (run.table.shard.sweepPending) {
      run.apply({ kind: 'sweep' });
      most = Math.max(most, run.tables.takeWrites());
    }
    expect(most).toBe(1_000 + 1);
    expect(run.tables.counts).toEqual({
      topics: 1,
      counters: 1,
      numbers: 1,
      segments: 1,
      blocks: 1,
    });
    expect(run.table.shard.due.nextMs).toBe(null);
    other.sweepAll();
    expect(other.tables.text()).toBe(run.tables.text());
  });

  it('a purge takes all messages at once, in flight and delayed ones, and leaves the groups', () => {
    const run = new TableUnderTest();
    run.publish('a', 'x', { text: 'late', delayMs: 10 });
    const held = run.receive('a', 'g');
    expect(run.apply({ kind: 'purge', topic: 'a' })).toEqual({ status: 'purged' });
    expect(run.counts('a')).toEqual({ messages: 0, bytes: 0, delayed: 0 });
    expect(run.apply(ack('a', 'g', held))).toEqual({ status: 'settled', stale: [0] });
    run.pass(10);
    expect(sequencesOf(run.receive('a', 'g'))).toEqual([]);
    run.publish('a', 'y');
    expect(sequencesOf(run.receive('a', 'g'))).toEqual([3]);
    run.sweepAll();
    expect(run.tables.counts).toMatchObject({ segments: 1, readers: 1, groups: 1 });
    expect(run.tables.counts['schedule']).toBeUndefined();
  });

  it('a message goes for all groups, in flight or not; of another topic it is not found', () => {
    const run = new TableUnderTest();
    run.publish('a', 'x', 'y');
    const held = run.receive('a', 'g');
    for (const id of ['1-3', '2-1', 'nonsense', '1-01']) {
      const command = { kind: 'delete-message', topic: 'a', id } as const;
      expect([id, run.apply(command)]).toEqual([id, { status: 'message-not-found' }]);
    }
    run.apply({ kind: 'delete-message', topic: 'a', id: '1-1' });
    expect(run.texts('a')).toEqual(['y']);
    expect(run.apply(ack('a', 'g', held))).toEqual({ status: 'settled', stale: [0] });
    expect(run.counts('a').messages).toBe(0);
  });
});
