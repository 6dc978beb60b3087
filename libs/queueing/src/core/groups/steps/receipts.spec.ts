import { receiptsOf, TopicUnderTest } from '../testing/topic-under-test.js';

const PLAIN = { delayMs: null, reason: null, deadLetter: false };

function topicWithGroup(count: number): TopicUnderTest {
  const topic = new TopicUnderTest();
  topic.groups.create('g', 1);
  topic.groups.create('other', 1);
  topic.publish(Array.from({ length: count }, () => ({})));
  return topic;
}

describe('receipts', () => {
  it('settle what they name, once', () => {
    const topic = topicWithGroup(3);
    const received = topic.receive('g', 3, 0);
    expect(topic.groups.ack('g', receiptsOf(received, [2, 2]), 0)).toEqual({
      status: 'settled',
      stale: [1],
    });
    expect(topic.groups.inFlight(received.groupId, received.deliveryId)).toEqual([1, 3]);
    expect(topic.groups.ack('g', receiptsOf(received), 0).stale).toEqual([1]);
    expect(topic.tables.counts).toEqual({ groups: 2 });
    expect(topic.messages.hasSettled(received.groupId, 1)).toBe(true);
    expect(topic.consume('other', 10, 0)).toEqual([1, 2, 3]);
    expect(topic.messages.counts.open).toBe(0);
  });

  it.each([
    ['another topic', { topicId: 8 }],
    ['another group', { groupId: 2 }],
    ['another delivery', { deliveryId: 2 }],
    ['a message that was not handed out', { sequences: [4] }],
  ])('of %s are stale', (_, wrong) => {
    const topic = topicWithGroup(4);
    const { topicId, groupId, deliveryId } = topic.receive('g', 1, 0);
    const receipts = [{ topicId, groupId, deliveryId, sequences: [1], ...wrong }];
    const before = topic.tables.text();
    expect(topic.groups.ack('g', receipts, 0).stale).toEqual([0]);
    expect(topic.groups.nack('g', receipts, PLAIN, 0).stale).toEqual([0]);
    expect(topic.groups.giveBack('g', receipts, 0).stale).toEqual([0]);
    expect(topic.groups.extend('g', receipts, 1, 0).stale).toEqual([0]);
    expect(topic.tables.text()).toBe(before);
  });

  it('are stale from the moment at which their visibility ends', () => {
    const topic = topicWithGroup(2);
    const early = topic.receive('g', 1, 0);
    const late = topic.receive('g', 1, 1);
    expect(topic.groups.ack('g', [...receiptsOf(early), ...receiptsOf(late)], 30_000)).toEqual({
      status: 'settled',
      stale: [0],
    });
    expect(topic.receive('g', 2, 30_000).messages).toEqual([
      { sequence: 1, priority: 4, key: null, deliveries: 2 },
    ]);
  });

  it('stay good for those that are extended, counted from the extension', () => {
    const topic = topicWithGroup(3);
    const received = topic.receive('g', 3, 0);
    topic.groups.extend('g', receiptsOf(received, [2]), 40_000, 20_000);
    topic.groups.extend('g', receiptsOf(received, [3]), 5_000, 1_000);
    topic.reopen();
    expect(topic.groups.nextDueMs).toBe(6_000);
    expect(topic.take('g', 9, 6_000)).toEqual([3]);
    expect(topic.take('g', 9, 59_999)).toEqual([1, 3]);
    expect(topic.groups.ack('g', receiptsOf(received), 59_999).stale).toEqual([0, 2]);
  });

  it('given back count neither as a delivery nor as a failure', () => {
    const topic = topicWithGroup(2);
    const received = topic.receive('g', 2, 0);
    topic.groups.nack('g', receiptsOf(received, [1]), PLAIN, 0);
    topic.groups.giveBack('g', receiptsOf(received, [2]), 0);
    const again = topic.receive('g', 2, 0);
    expect(again.messages.map(({ deliveries }) => deliveries)).toEqual([2, 1]);
    topic.groups.giveBack('g', receiptsOf(again), 0);
    const third = topic.receive('g', 2, 0);
    expect(third.messages.map(({ deliveries }) => deliveries)).toEqual([2, 1]);
  });

  it('are stale after a seek, a purge, a removal, and when the group is made again', () => {
    const topic = topicWithGroup(2);
    const sought = topic.receive('g', 1, 0);
    topic.groups.seek('g', 1);
    expect(topic.groups.ack('g', receiptsOf(sought), 0).stale).toEqual([0]);
    const removed = topic.receive('g', 1, 0);
    topic.remove([1]);
    expect(topic.groups.ack('g', receiptsOf(removed), 0).stale).toEqual([0]);
    const deleted = topic.receive('g', 1, 0);
    topic.groups.delete('g');
    topic.groups.create('g', 1);
    expect(topic.groups.ack('g', receiptsOf(deleted), 0).stale).toEqual([0]);
    const purged = topic.receive('g', 1, 0);
    topic.purge();
    expect(topic.groups.ack('g', receiptsOf(purged), 0).stale).toEqual([0]);
    expect(topic.groups.view('g', 0)).toMatchObject({ ready: 0, inFlight: 0 });
    while (topic.shard.sweepPending) topic.shard.sweep(1);
    expect(topic.tables.counts).toEqual({ groups: 2 });
  });
});
