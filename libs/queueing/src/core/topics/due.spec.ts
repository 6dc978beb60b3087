import { ack, configure, publish, receive } from './testing/topic-commands.js';
import { LOG_TIME_MS, sequencesOf, TableUnderTest } from './testing/table-under-test.js';

function makeGroups(run: TableUnderTest, count: number): void {
  run.apply(configure('a'));
  for (let group = 0; group < count; group += 1) {
    run.apply({ kind: 'create-group', topic: 'a', group: `g${group}`, from: 'earliest' });
  }
}

/** Sequences that group `g0` gets one after the other. */
function handedOut(run: TableUnderTest, count: number): readonly number[] {
  return Array.from({ length: count }, () => {
    const received = run.receive('a', 'g0', 1);
    run.apply(ack('a', 'g0', received));
    return sequencesOf(received);
  }).flat();
}

describe('Delayed messages', () => {
  it('wait for their time, and then come in the order of their sequences', () => {
    const run = new TableUnderTest();
    run.publish(
      'a',
      { text: 'late', delayMs: 100 },
      { text: 'scheduled', deliverAtMs: LOG_TIME_MS + 50 },
      { text: 'past', deliverAtMs: LOG_TIME_MS - 1 },
      { text: 'now', delayMs: 0 },
    );
    expect(run.counts('a').delayed).toBe(2);
    expect(sequencesOf(run.receive('a', 'g'))).toEqual([3, 4]);
    run.pass(49);
    expect(sequencesOf(run.receive('a', 'g'))).toEqual([]);
    run.pass(51);
    expect(run.counts('a').delayed).toBe(0);
    expect(sequencesOf(run.receive('a', 'g'))).toEqual([1, 2]);
    expect(run.tables.counts['schedule']).toBeUndefined();
  });

  it('nothing is due before an entry says so', () => {
    const run = new TableUnderTest();
    run.publish('a', { text: 'late', delayMs: 100 });
    run.nowMs += 1_000;
    expect(sequencesOf(run.receive('a', 'g'))).toEqual([]);
    expect(run.table.shard.due.nextMs).toBe(LOG_TIME_MS + 100);
    run.pass(0);
    expect(run.table.shard.due.nextMs).toBe(null);
    expect(sequencesOf(run.receive('a', 'g'))).toEqual([1]);
  });

  it('are as many records as moments, whatever their number', () => {
    const run = new TableUnderTest();
    const drafts = Array.from({ length: 300 }, () => ({ text: 'x', delayMs: 7, ttlMs: 50 }));
    run.publish('a', 'first');
    run.tables.takeWrites();
    run.publish('a', ...drafts);
    expect(run.tables.takeWrites()).toBe(3 + 2);
    run.pass(7);
    // The marks of the segment, its schedule entry, the counts of topic and block.
    expect(run.tables.takeWrites()).toBe(4);
    expect(run.counts('a')).toMatchObject({ messages: 301, delayed: 0 });
  });

  it('of one segment are done together, however many moments they have, up to 500', () => {
    const run = new TableUnderTest();
    const drafts = Array.from({ length: 900 }, (_, at) => ({ text: 'x', delayMs: 1 + at }));
    run.publish('a', ...drafts);
    run.tables.takeWrites();
    run.pass(600);
    expect(run.counts('a').delayed).toBe(400);
    // The marks, the counts of the topic, those of a block, and the moments that are over.
    expect(run.tables.takeWrites()).toBe(3 + 500);
    expect(run.table.shard.due.nextMs).toBe(LOG_TIME_MS + 501);
    run.pass(0);
    expect(run.counts('a').delayed).toBe(300);
    expect(run.table.shard.due.nextMs).toBe(LOG_TIME_MS + 601);
    run.pass(300);
    expect(run.counts('a').delayed).toBe(0);
    expect(run.tables.counts['schedule']).toBeUndefined();
  });

  it('with a key join it when they are due', () => {
    const run = new TableUnderTest();
    run.publish('a', { text: 'late', key: 'k', delayMs: 10 }, { text: 'first', key: 'k' });
    const first = run.receive('a', 'g');
    expect(sequencesOf(first)).toEqual([2]);
    run.pass(10);
    expect(run.publish('a', { text: 'third', key: 'k' }).first).toBe(4);
    expect(sequencesOf(run.receive('a', 'g'))).toEqual([]);
    run.apply(ack('a', 'g', first));
    const second = run.receive('a', 'g');
    expect(sequencesOf(second)).toEqual([1]);
    run.apply(ack('a', 'g', second));
    expect(sequencesOf(run.receive('a', 'g'))).toEqual([4]);
  });

  it('cancelled, they leave nothing behind', () => {
    const run = new TableUnderTest();
    run.publish('a', { text: 'late', key: 'k', delayMs: 10, ttlMs: 20 });
    expect(run.apply({ kind: 'delete-message', topic: 'a', id: '1-1' })).toEqual({
      status: 'deleted',
    });
    expect(run.counts('a')).toEqual({ messages: 0, bytes: 0, delayed: 0 });
    expect(run.tables.counts).toEqual({ topics: 1, counters: 1, numbers: 1 });
    expect(run.table.shard.due.nextMs).toBe(null);
  });
});

describe('Messages past their ttl', () => {
  it('go, delayed or not, seen or not', () => {
    const run = new TableUnderTest();
    run.apply(configure('a', { retention: 'log' }));
    const seen = run.publish('a', { text: 'seen', ttlMs: 10 });
    run.apply(ack('a', 'g', run.receive('a', 'g')));
    run.publish('a', { text: 'late', ttlMs: 10, delayMs: 20 }, { text: 'x', ttlMs: 11 }, 'y');
    expect(seen.first).toBe(1);
    run.pass(9);
    expect(run.texts('a')).toEqual(['seen', 'late', 'x', 'y']);
    run.pass(1);
    expect(run.texts('a')).toEqual(['x', 'y']);
    run.pass(1);
    expect(run.texts('a')).toEqual(['y']);
    expect(run.counts('a')).toEqual({ messages: 1, bytes: 6, delayed: 0 });
    // When the one would have been delivered: its segment was kept by others.
    run.pass(9);
    expect(run.tables.counts['schedule']).toBeUndefined();
  });

  it('stay with their consumer, and with nobody else', () => {
    const run = new TableUnderTest();
    run.publish('a', { text: 'x', ttlMs: 10, key: 'k' }, { text: 'next', key: 'k' });
    const held = run.receive('a', 'g', 1);
    run.apply({ kind: 'create-group', topic: 'a', group: 'other', from: 'earliest' });
    run.pass(10);
    expect(run.texts('a')).toEqual(['x', 'next']);
    expect(sequencesOf(run.receive('a', 'g'))).toEqual([]);
    expect(sequencesOf(run.receive('a', 'other'))).toEqual([2]);
    expect(run.apply(ack('a', 'g', held))).toEqual({ status: 'settled', stale: [] });
    expect(run.texts('a')).toEqual(['next']);
    expect(sequencesOf(run.receive('a', 'g'))).toEqual([2]);
  });

  it('held in a log, they go when their consumer is done with them', () => {
    const run = new TableUnderTest();
    run.apply(configure('a', { retention: 'log', visibilityMs: 100 }));
    run.publish('a', { text: 'x', ttlMs: 10 });
    run.receive('a', 'g');
    run.pass(10);
    expect(run.topic('a').counts.expired).toBe(1);
    const other = run.reopened();
    other.pass(90);
    expect(other.counts('a')).toEqual({ messages: 0, bytes: 0, delayed: 0 });
    run.apply({ kind: 'seek', topic: 'a', group: 'g', to: { kind: 'earliest' } });
    expect(run.topic('a').counts).toMatchObject({ messages: 0, expired: 0 });
    expect(run.tables.counts['held']).toBeUndefined();
  });

  it('are not seen by a group that is made later, nor kept by it', () => {
    const run = new TableUnderTest();
    run.apply(configure('a', { visibilityMs: 100 }));
    run.publish('a', { text: 'x', ttlMs: 10 });
    const held = run.receive('a', 'g');
    run.pass(10);
    expect(sequencesOf(run.receive('a', 'h'))).toEqual([]);
    expect(run.topic('a').groups?.view('h', run.nowMs)).toMatchObject({ ready: 0, delayed: 0 });
    run.apply(ack('a', 'g', held));
    expect(run.counts('a').messages).toBe(0);
  });

  it('held by a group that is deleted, they go by a sweep', () => {
    const run = new TableUnderTest();
    run.apply(configure('a', { retention: 'log' }));
    run.publish('a', { text: 'x', ttlMs: 10 }, 'y');
    run.receive('a', 'g');
    run.pass(10);
    run.apply({ kind: 'delete-group', topic: 'a', group: 'g' });
    run.sweepAll();
    expect(run.texts('a')).toEqual(['y']);
  });
});

describe('Messages past the age of their topic', () => {
  it('go from the front, in flight or not', () => {
    const run = new TableUnderTest();
    run.apply(configure('a', { retention: 'log', maxAgeMs: 100 }));
    run.publish('a', 'x', { text: 'high', priority: 9 });
    run.nowMs += 50;
    run.publish('a', 'y');
    const held = run.receive('a', 'g');
    expect(run.table.shard.due.nextMs).toBe(LOG_TIME_MS + 100);
    run.pass(50);
    expect(run.texts('a')).toEqual(['y']);
    expect(run.table.shard.due.nextMs).toBe(LOG_TIME_MS + 150);
    // Handed out as high, x, y.
    expect(run.apply(ack('a', 'g', held))).toEqual({ status: 'settled', stale: [0, 1] });
    run.pass(50);
    expect(run.texts('a')).toEqual([]);
    expect(run.tables.counts['segments']).toBeUndefined();
  });

  it('a shorter age takes effect with the next entry', () => {
    const run = new TableUnderTest();
    run.publish('a', 'x');
    run.nowMs += 1_000;
    run.apply(configure('a', { maxAgeMs: 500 }));
    expect(run.table.shard.due.nextMs).toBe(LOG_TIME_MS + 500);
    run.pass(0);
    expect(run.texts('a')).toEqual([]);
  });

  it('a mass of them goes by several entries', () => {
    const run = new TableUnderTest();
    run.apply(configure('a', { maxAgeMs: 10 }));
    for (let count = 0; count < 600; count += 1) run.apply(publish('a', 'x'));
    run.tables.takeWrites();
    run.pass(10);
    expect(run.counts('a').messages).toBe(100);
    // A segment each, the counts of the topic, and those of a block.
    expect(run.tables.takeWrites()).toBe(500 + 1 + 1);
    expect(run.table.shard.due.nextMs).toBe(LOG_TIME_MS + 10);
    run.pass(0);
    expect(run.counts('a').messages).toBe(0);
  });
});

describe('Visibility', () => {
  it('that has passed is found by due entries', () => {
    const run = new TableUnderTest();
    run.apply(configure('a', { visibilityMs: 100 }));
    run.publish('a', 'x');
    run.receive('a', 'g');
    expect(run.table.shard.due.nextMs).toBe(LOG_TIME_MS + 100);
    expect(run.reopened().table.shard.due.nextMs).toBe(LOG_TIME_MS + 100);
    run.pass(100);
    expect(run.table.shard.due.nextMs).toBe(null);
    expect(run.apply(receive('a', 'g'))).toMatchObject({
      status: 'received',
      messages: [{ sequence: 1, deliveries: 2 }],
    });
  });
});

describe('What is due at once in many places', () => {
  it('is done a few messages at a time where many groups look at them', () => {
    const run = new TableUnderTest();
    run.apply(configure('a', { maxAgeMs: 100 }));
    const behind = Array.from({ length: 20 }, () => ({ text: 'x', delayMs: 50 }));
    run.publish('a', ...behind, 'first');
    for (let group = 0; group < 64; group += 1) run.receive('a', `g${group}`);
    // The cursors are behind the delayed ones: each is a record in each group when it is due.
    run.nowMs += 50;
    for (const delayed of [12, 4, 0]) {
      run.tables.takeWrites();
      run.pass(0);
      expect(run.counts('a').delayed).toBe(delayed);
      const matured = delayed === 0 ? 4 : 8;
      // And the groups, the marks of the segment, the counts of the topic, and those of a block.
      expect(run.tables.takeWrites()).toBe(matured * 64 + 64 + 3 + (delayed === 0 ? 1 : 0));
    }
    run.nowMs += 50;
    for (const messages of [13, 5, 0]) {
      run.pass(0);
      expect(run.counts('a').messages).toBe(messages);
    }
    expect(run.table.shard.due.nextMs).toBeNull();
  });

  it('is done in the order of its times, over several entries', () => {
    const run = new TableUnderTest();
    makeGroups(run, 64);
    const drafts = Array.from({ length: 10 }, (_, at) => ({ text: `ttl${at}`, ttlMs: 10 }));
    run.publish('a', ...drafts);
    run.publish('a', { text: 'late', delayMs: 5 }, { text: 'gone', delayMs: 5, ttlMs: 9 });
    run.pass(10);
    // 8 of them: the look at the moment when `gone` would have gone costs little.
    expect(run.counts('a')).toMatchObject({ messages: 5, delayed: 0 });
    expect(run.texts('a')).toEqual(['ttl6', 'ttl7', 'ttl8', 'ttl9', 'late']);
    run.pass(0);
    expect(run.texts('a')).toEqual(['late']);
    expect(sequencesOf(run.receive('a', 'g0'))).toEqual([11]);
    expect(run.table.shard.due.nextMs).toBe(run.nowMs + 30_000);
    expect(run.tables.counts['schedule']).toBeUndefined();
  });

  it('joins its key in the order of its times and then of its publish, of whichever priority', () => {
    const run = new TableUnderTest();
    makeGroups(run, 64);
    // One entry opens 8 of them.
    const sameMoment = Array.from({ length: 12 }, (_, at) => {
      return { text: 'x', key: 'k', priority: at % 3 === 0 ? 9 : at % 3, delayMs: 20 };
    });
    run.publish('a', ...sameMoment);
    const overlapping = [30, 10, 40].map((delayMs) => ({ text: 'x', key: 'k', delayMs }));
    run.publish('a', ...overlapping);
    run.publish('a', { text: 'x', key: 'k', delayMs: 35 }, { text: 'x', key: 'k', delayMs: 5 });
    const reopened = run.reopened();
    run.nowMs += 100;
    for (const delayed of [9, 1, 0]) {
      run.pass(0);
      expect(run.counts('a').delayed).toBe(delayed);
    }
    const byTimes = [17, 14, ...Array.from({ length: 12 }, (_, at) => at + 1), 13, 16, 15];
    expect(handedOut(run, byTimes.length)).toEqual(byTimes);
    for (const ms of [5, 5, 10, 0, 10, 5, 5]) reopened.pass(ms);
    expect(handedOut(reopened, byTimes.length)).toEqual(byTimes);
  });

  it('is done for so many topics, the others follow', () => {
    const run = new TableUnderTest();
    for (let topic = 0; topic < 501; topic += 1) {
      run.publish(`t${topic}`, { text: 'x', deduplicationId: 'd' });
    }
    const { deduplicationWindowMs } = run.topic('t0').configuration;
    run.pass(deduplicationWindowMs);
    expect(run.effects.filter(({ kind }) => kind === 'changed')).toHaveLength(500);
    let more = 0;
    for (; run.table.shard.due.nextMs === run.nowMs; more += 1) run.pass(0);
    expect(more).toBe(2);
    expect(run.effects.filter(({ kind }) => kind === 'changed')).toHaveLength(1);
    expect(run.table.shard.due.nextMs).toBeNull();
  });
});
