import { RECEIVE_BYTES_MAX } from '../../limits.js';
import { PASSED_PER_RECEIVE_MAX } from '../limits.js';
import { receiptsOf, TopicUnderTest } from '../testing/topic-under-test.js';

function topicWithGroup(): TopicUnderTest {
  const topic = new TopicUnderTest();
  topic.groups.create('g', 1);
  return topic;
}

describe('receiving', () => {
  it('hands out by priority and then in publish order, counted and until the visibility ends', () => {
    const topic = topicWithGroup();
    topic.publish([{ priority: 4 }, { priority: 9 }, { priority: 0 }, { priority: 9 }, {}]);
    expect(topic.receive('g', 4, 1_000)).toEqual({
      status: 'received',
      topicId: 7,
      groupId: 1,
      deliveryId: 1,
      visibleAtMs: 31_000,
      messages: [
        { sequence: 2, priority: 9, key: null, deliveries: 1 },
        { sequence: 4, priority: 9, key: null, deliveries: 1 },
        { sequence: 1, priority: 4, key: null, deliveries: 1 },
        { sequence: 5, priority: 4, key: null, deliveries: 1 },
      ],
    });
    topic.publish([{ priority: 9 }]);
    expect(topic.take('g', 10, 1_000)).toEqual([6, 3]);
    expect(topic.receive('g', 10, 1_000)).toMatchObject({ deliveryId: 0, messages: [] });
  });

  it('gives every group every message, each with its own cursor', () => {
    const topic = topicWithGroup();
    topic.publish([{}, {}]);
    expect(topic.consume('g', 10, 0)).toEqual([1, 2]);
    topic.groups.create('late', 1);
    topic.publish([{}]);
    topic.groups.create('latest', 4);
    topic.publish([{}]);
    expect(topic.take('g', 10, 0)).toEqual([3, 4]);
    expect(topic.take('late', 10, 0)).toEqual([3, 4]);
    expect(topic.take('latest', 10, 0)).toEqual([4]);
  });

  it('puts what came back to its place among the others', () => {
    const topic = topicWithGroup();
    topic.publish([{}, {}, { priority: 9 }, {}]);
    const received = topic.receive('g', 3, 0);
    topic.groups.giveBack('g', receiptsOf(received, [3, 1]), 0);
    topic.publish([{ priority: 9 }, {}]);
    expect(topic.take('g', 10, 0)).toEqual([3, 5, 1, 4, 6]);
  });

  it('stays below the bytes of an answer, but hands out at least one message', () => {
    const topic = topicWithGroup();
    topic.publish([{ bytes: RECEIVE_BYTES_MAX + 1 }, { bytes: RECEIVE_BYTES_MAX - 1 }, {}, {}]);
    expect(topic.take('g', 10, 0)).toEqual([1]);
    expect(topic.take('g', 10, 0)).toEqual([2, 3]);
    expect(topic.take('g', 10, 0)).toEqual([4]);
  });

  it('never hands out what is past its ttl, and settles it', () => {
    const topic = topicWithGroup();
    topic.publish([{ expiresAtMs: 100 }, {}, { expiresAtMs: 101, key: 'k' }, { key: 'k' }]);
    expect(topic.take('g', 10, 100)).toEqual([2, 3]);
    expect(topic.messages.get(1)).toBeUndefined();
    expect(topic.groups.view('g', 100)).toMatchObject({ ready: 1, inFlight: 2 });
    topic.groups.giveBack('g', [{ topicId: 7, groupId: 1, deliveryId: 1, sequences: [3] }], 101);
    expect(topic.take('g', 10, 101)).toEqual([4]);
    expect(topic.messages.all().map(({ sequence }) => sequence)).toEqual([2, 4]);
  });
});

describe('keys', () => {
  it('has one message of a key in flight, in publish order over all priorities', () => {
    const topic = topicWithGroup();
    topic.publish([{ key: 'a' }, { key: 'a', priority: 9 }, { key: 'b', priority: 9 }, {}]);
    const first = topic.receive('g', 10, 0);
    expect(first.messages.map(({ sequence }) => sequence)).toEqual([3, 1, 4]);
    expect(topic.take('g', 10, 0)).toEqual([]);
    topic.groups.ack('g', receiptsOf(first, [1]), 0);
    expect(topic.take('g', 10, 0)).toEqual([2]);
  });

  it('keeps a failed message at the head of its key', () => {
    const topic = topicWithGroup();
    topic.publish([{ key: 'a' }, { key: 'a' }]);
    const nack = { delayMs: 500, reason: null, deadLetter: false };
    topic.groups.nack('g', receiptsOf(topic.receive('g', 10, 0)), nack, 0);
    expect(topic.take('g', 10, 499)).toEqual([]);
    expect(topic.consume('g', 10, 500)).toEqual([1]);
    expect(topic.consume('g', 10, 500)).toEqual([2]);
  });

  it('has a delayed message join its key when it is due', () => {
    const topic = topicWithGroup();
    topic.publish([{ key: 'a', delayed: true }, { key: 'a' }]);
    topic.publish([{ key: 'a', delayed: true }]);
    const head = topic.receive('g', 10, 0);
    expect(head.messages.map(({ sequence }) => sequence)).toEqual([2]);
    topic.mature(2);
    topic.publish([{ key: 'a' }]);
    expect(topic.take('g', 10, 0)).toEqual([]);
    topic.groups.ack('g', receiptsOf(head), 0);
    expect([1, 2, 3].map(() => topic.consume('g', 10, 0))).toEqual([[1], [3], [4]]);
  });

  it('moves on when the head is removed, and forgets blocked ones that are', () => {
    const topic = topicWithGroup();
    topic.publish([{ key: 'a' }, { key: 'a' }, { key: 'a' }, { key: 'a' }]);
    expect(topic.take('g', 10, 0)).toEqual([1]);
    expect(topic.groups.receivable('g')).toBe(0);
    topic.remove([1, 3]);
    expect(topic.groups.view('g', 0)).toMatchObject({ ready: 2, inFlight: 0 });
    expect(topic.groups.receivable('g')).toBe(1);
    expect(topic.consume('g', 10, 0)).toEqual([2]);
    expect(topic.consume('g', 10, 0)).toEqual([4]);
  });

  it('passes a busy key in steps, remembers how far, and comes to the others', () => {
    const topic = topicWithGroup();
    const busy = 100_000;
    topic.publish(Array.from({ length: busy }, () => ({ key: 'busy' })));
    topic.publish([{ key: 'other' }, {}]);
    const head = topic.receive('g', 10, 0);
    expect(head.messages).toHaveLength(1);
    let receives = 0;
    let found: readonly number[] = [];
    while (found.length === 0) {
      expect(topic.groups.receivable('g')).toBeGreaterThan(0);
      topic.reopen();
      topic.tables.takeWrites();
      found = topic.take('g', 10, 0);
      receives += 1;
      expect(topic.tables.takeWrites()).toBeLessThanOrEqual(2);
    }
    expect(found).toEqual([busy + 1, busy + 2]);
    // The first receive has passed the first thousand.
    expect(receives).toBe(busy / PASSED_PER_RECEIVE_MAX - 1);
    expect(topic.groups.receivable('g')).toBe(0);
    topic.groups.ack('g', receiptsOf(head), 0);
    expect(topic.consume('g', 10, 0)).toEqual([2]);
    expect(topic.consume('g', 10, 0)).toEqual([3]);
  });
});
