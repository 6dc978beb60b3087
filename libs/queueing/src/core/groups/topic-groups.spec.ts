import { GROUPS_PER_TOPIC_MAX, IN_FLIGHT_MAX } from '../limits.js';
import { receiptsOf, TopicUnderTest } from './testing/topic-under-test.js';

function drafts(count: number): readonly object[] {
  return Array.from({ length: count }, () => ({}));
}

describe('a group', () => {
  it('is made once, from anywhere, and seeks to anywhere', () => {
    const topic = new TopicUnderTest({ retention: 'log' });
    topic.publish(drafts(4), 50);
    expect(topic.groups.create('g', 5)).toBe(true);
    expect(topic.groups.create('g', 1)).toBe(false);
    expect(topic.groups.view('g', 60)).toMatchObject({ ready: 0, oldestReadyAgeMs: null });
    topic.groups.seek('g', 3);
    expect(topic.groups.view('g', 60)).toMatchObject({ ready: 2, oldestReadyAgeMs: 10 });
    expect(topic.consume('g', 9, 60)).toEqual([3, 4]);
    topic.groups.seek('g', 1);
    expect(topic.consume('g', 9, 60)).toEqual([1, 2, 3, 4]);
    topic.groups.seek('g', 5);
    expect(topic.take('g', 9, 60)).toEqual([]);
  });

  it('never sees what was delayed before the place where it began', () => {
    const topic = new TopicUnderTest({ retention: 'log' });
    topic.publish([{ delayed: true }, {}]);
    topic.groups.create('early', 1);
    topic.groups.create('late', 3);
    expect(topic.groups.view('early', 0)).toMatchObject({ ready: 1, delayed: 1 });
    expect(topic.groups.view('late', 0)).toMatchObject({ ready: 0, delayed: 0 });
    expect(topic.take('early', 9, 0)).toEqual([2]);
    topic.mature(1);
    expect(topic.groups.view('late', 0)).toMatchObject({ ready: 0, delayed: 0 });
    expect(topic.take('late', 9, 0)).toEqual([]);
    expect(topic.take('early', 9, 0)).toEqual([1]);
  });

  it('gets what is given back to it alone', () => {
    const topic = new TopicUnderTest();
    topic.groups.create('one', 1);
    topic.groups.create('two', 1);
    expect(topic.take('two', 1, 0)).toEqual([]);
    topic.redrive('one', drafts(2));
    topic.publish(drafts(1));
    expect(topic.groups.view('two', 0).ready).toBe(1);
    expect(topic.consume('two', 9, 0)).toEqual([3]);
    expect(topic.consume('one', 9, 0)).toEqual([1, 2, 3]);
    expect(topic.messages.counts.open).toBe(0);
  });

  it('is counted by its consumers, and shows what is in flight with whom', () => {
    const topic = new TopicUnderTest();
    topic.groups.create('g', 1);
    topic.publish(drafts(4), 0);
    const { groups } = topic;
    for (const consumer of ['zoe', 'ada', 'zoe', null]) {
      groups.receive('g', { consumer, max: 1, visibilityMs: 1_000 }, 0);
    }
    topic.reopen();
    expect(topic.groups.view('g', 0)).toEqual({
      group: 'g',
      ready: 0,
      delayed: 0,
      inFlight: 4,
      deadLettered: 0,
      oldestReadyAgeMs: null,
      consumers: ['ada', 'zoe'],
    });
    const terms = { consumer: 'zoe', after: null, limit: 9 };
    expect(topic.groups.pending('g', terms)).toEqual([
      { sequence: 1, deliveryId: 1, consumer: 'zoe', deliveries: 1, visibleAtMs: 1_000 },
      { sequence: 3, deliveryId: 3, consumer: 'zoe', deliveries: 1, visibleAtMs: 1_000 },
    ]);
    const page = topic.groups.pending('g', { consumer: null, after: 1, limit: 2 });
    expect(page.map(({ sequence }) => sequence)).toEqual([2, 3]);
    topic.groups.expireDue(1_000, 9);
    expect(topic.groups.view('g', 1_000).consumers).toEqual([]);
  });

  it('says where each message is', () => {
    const topic = new TopicUnderTest();
    topic.groups.create('b', 1);
    topic.groups.create('a', 1);
    topic.publish([{}, { key: 'k' }, { key: 'k' }, { delayed: true }, {}]);
    const received = topic.receive('a', 9, 0);
    topic.groups.ack('a', receiptsOf(received, [1]), 0);
    const nack = { delayMs: 70, reason: null, deadLetter: false };
    topic.groups.nack('a', receiptsOf(received, [5]), nack, 0);
    const states = topic.messages.all().flatMap((message) => topic.groups.states(message));
    const fresh = { deliveries: 0, visibleAtMs: null };
    expect(states).toEqual([
      { group: 'a', state: 'acknowledged', ...fresh },
      { group: 'b', state: 'ready', ...fresh },
      { group: 'a', state: 'in-flight', deliveries: 1, visibleAtMs: 30_000 },
      { group: 'b', state: 'ready', ...fresh },
      { group: 'a', state: 'blocked', ...fresh },
      { group: 'b', state: 'blocked', ...fresh },
      { group: 'a', state: 'delayed', ...fresh },
      { group: 'b', state: 'delayed', ...fresh },
      { group: 'a', state: 'delayed', deliveries: 1, visibleAtMs: 70 },
      { group: 'b', state: 'ready', ...fresh },
    ]);
  });

  it('has at most so many messages in flight', () => {
    const topic = new TopicUnderTest({ retention: 'log' });
    topic.groups.create('g', 1);
    for (let count = 0; count <= IN_FLIGHT_MAX; count += 1_000) topic.publish(drafts(1_000));
    for (let count = 0; count < IN_FLIGHT_MAX; count += 1_000) {
      expect(topic.take('g', 1_000, 0)).toHaveLength(1_000);
    }
    expect(topic.groups.receivable('g')).toBe(0);
    expect(topic.take('g', 1, 0)).toEqual([]);
    topic.reopen();
    expect(topic.take('g', 1, 0)).toEqual([]);
    const first = { topicId: 7, groupId: 1, deliveryId: 1, sequences: [10] };
    expect(topic.groups.ack('g', [first], 0).stale).toEqual([]);
    expect(topic.groups.receivable('g')).toBe(1);
    expect(topic.take('g', 9, 0)).toEqual([IN_FLIGHT_MAX + 1]);
  });
});

describe('the groups of a topic', () => {
  it('are deleted with all they have, a record at a time if need be', () => {
    const topic = new TopicUnderTest();
    topic.publish(drafts(30));
    for (let at = 0; at < GROUPS_PER_TOPIC_MAX; at += 1) topic.groups.create(`g${at}`, 1);
    expect(() => topic.groups.create('more', 1)).toThrow('groups <= GROUPS_PER_TOPIC_MAX');
    for (const name of ['g7', 'g3']) {
      const received = topic.receive(name, 20, 0);
      const nack = { delayMs: 10, reason: null, deadLetter: false };
      topic.groups.nack(name, receiptsOf(received, [1, 2, 3]), nack, 0);
      topic.groups.giveBack(name, receiptsOf(received, [4]), 0);
      expect(topic.groups.delete(name)).toBe(true);
      expect(topic.groups.delete(name)).toBe(false);
    }
    topic.reopen();
    expect(topic.groups.count).toBe(62);
    expect(topic.groups.names.slice(0, 2)).toEqual(['g0', 'g1']);
    expect(topic.groups.has('g3')).toBe(false);
    expect(topic.shard.sweep(5)).toBe(5);
    topic.reopen();
    while (topic.shard.sweepPending) expect(topic.shard.sweep(5)).toBeGreaterThan(0);
    expect(topic.tables.counts).toEqual({ groups: 62 });
    topic.groups.deleteAll();
    expect(topic.tables.counts).toEqual({});
  });

  it('cost nothing but their records while nobody uses them', () => {
    const topic = new TopicUnderTest();
    topic.publish(drafts(10));
    for (let at = 0; at < GROUPS_PER_TOPIC_MAX; at += 1) topic.groups.create(`g${at}`, 1);
    topic.tables.takeWrites();
    topic.reopen();
    let asked = 0;
    topic.groups.published(() => {
      asked += 1;
      return [];
    });
    topic.publish(drafts(1_000));
    expect(topic.groups.expireDue(1_000_000, 1_000)).toBe(0);
    expect(topic.groups.view('g9', 0).ready).toBe(1_010);
    expect([asked, topic.tables.takeWrites()]).toEqual([0, 0]);
  });

  it('write two records for a receive or an acknowledgement of 1,000 messages', () => {
    const topic = new TopicUnderTest();
    topic.groups.create('g', 1);
    topic.publish(drafts(1_000));
    topic.tables.takeWrites();
    const received = topic.receive('g', 1_000, 0);
    expect(topic.tables.takeWrites()).toBe(2);
    topic.groups.ack('g', receiptsOf(received), 0);
    expect(topic.tables.takeWrites()).toBe(2);
    topic.take('g', 1_000, 0);
    expect(topic.tables.takeWrites()).toBe(0);
  });
});
