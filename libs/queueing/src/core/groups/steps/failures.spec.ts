import type { TopicConfiguration } from '../../commands/topic-configuration.js';
import { DUE_PER_COMMAND_MAX } from '../limits.js';
import { receiptsOf, TopicUnderTest } from '../testing/topic-under-test.js';
import { backoffMs } from './backoff.js';

const PLAIN = { delayMs: null, reason: null, deadLetter: false };
const HOUR_MS = 3_600_000;

function topicWithGroup(configuration: Partial<TopicConfiguration>, buries = true): TopicUnderTest {
  const topic = new TopicUnderTest(configuration, buries);
  topic.groups.create('g', 1);
  return topic;
}

describe('failures', () => {
  it('are nacks and passed visibilities; the last one makes a dead letter', () => {
    const topic = topicWithGroup({ maxDeliveries: 3, visibilityMs: 100 });
    topic.groups.create('other', 1);
    topic.publish([{}, {}]);
    topic.groups.nack('g', receiptsOf(topic.receive('g', 1, 0)), PLAIN, 0);
    topic.groups.giveBack('g', receiptsOf(topic.receive('g', 1, 0)), 0);
    expect(topic.take('g', 1, 0)).toEqual([1]);
    expect(topic.groups.expireDue(100, 10)).toBe(1);
    const last = topic.receive('g', 1, 100);
    expect(last.messages).toEqual([{ sequence: 1, priority: 4, key: null, deliveries: 3 }]);
    expect(topic.deadLetters).toEqual([]);
    topic.groups.nack('g', receiptsOf(last), { ...PLAIN, reason: 'no such user' }, 100);
    const facts = { group: 'g', groupId: 1, deliveries: 3, cause: 'failures' };
    expect(topic.deadLetters).toEqual([[1, { ...facts, reason: 'no such user' }]]);
    expect(topic.groups.view('g', 100)).toMatchObject({ ready: 1, inFlight: 0, deadLettered: 1 });
    expect(topic.take('other', 10, 100)).toEqual([1, 2]);
  });

  it('are followed by the back-off of the topic, or the delay that a nack gives', () => {
    const backoff = { initialMs: 100, multiplier: 3, maxMs: 500 };
    const topic = topicWithGroup({ backoff, maxDeliveries: 9, visibilityMs: 100 });
    topic.publish([{}]);
    const times: number[] = [];
    for (let nowMs = 0; nowMs < 2_000; nowMs += 10) {
      const received = topic.receive('g', 1, nowMs);
      if (received.messages.length === 0) continue;
      times.push(nowMs);
      const delayMs = times.length === 4 ? 0 : null;
      if (times.length > 1)
        topic.groups.nack('g', receiptsOf(received), { ...PLAIN, delayMs }, nowMs);
    }
    // The first one by its visibility: 0 + 100 + 100.
    expect(times).toEqual([0, 200, 500, 1_000, 1_010, 1_510]);
  });

  it('of a message with a key block it for ever, with back-off', () => {
    const topic = topicWithGroup({ maxDeliveries: 2 });
    topic.publish([{ key: 'a' }, { key: 'a' }]);
    const gaps: number[] = [];
    let lastMs = 0;
    let nowMs = 0;
    while (gaps.length < 10) {
      const received = topic.receive('g', 9, nowMs);
      if (received.messages.length > 0) {
        expect(received.messages).toEqual([
          { sequence: 1, priority: 4, key: 'a', deliveries: gaps.length + 1 },
        ]);
        gaps.push(nowMs - lastMs);
        lastMs = nowMs;
        topic.groups.nack('g', receiptsOf(received), PLAIN, nowMs);
      }
      nowMs = topic.groups.nextDueMs ?? nowMs;
    }
    expect(gaps).toEqual([0, 0, 1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000]);
    expect(topic.deadLetters).toEqual([]);
    const nack = { ...PLAIN, deadLetter: true };
    topic.groups.nack('g', receiptsOf(topic.receive('g', 1, nowMs)), nack, nowMs);
    expect(topic.deadLetters.map(([sequence, { cause }]) => [sequence, cause])).toEqual([
      [1, 'rejected'],
    ]);
    expect(topic.take('g', 1, nowMs)).toEqual([2]);
  });

  it('of a message with a key make way for the next where the topic says so', () => {
    const topic = topicWithGroup({ maxDeliveries: 1, onOrderedFailure: 'dead-letter' });
    topic.publish([{ key: 'a' }, { key: 'a' }]);
    topic.groups.nack('g', receiptsOf(topic.receive('g', 9, 0)), PLAIN, 0);
    expect(topic.deadLetters).toHaveLength(1);
    expect(topic.take('g', 9, 0)).toEqual([2]);
  });

  it('never end where there is no dead-letter topic', () => {
    const topic = topicWithGroup({ maxDeliveries: 1 }, false);
    topic.publish([{}]);
    const nack = { ...PLAIN, deadLetter: true };
    for (let deliveries = 1; deliveries <= 20; deliveries += 1) {
      const received = topic.receive('g', 1, 0);
      expect(received.messages).toEqual([{ sequence: 1, priority: 4, key: null, deliveries }]);
      topic.groups.nack('g', receiptsOf(received), nack, 0);
    }
  });
});

describe('dead letters that a command may not make any more', () => {
  it('are made by the next that is due, as the nack said; nobody else has the messages until then', () => {
    const topic = topicWithGroup({ maxDeliveries: 2 });
    topic.publish([{}, { key: 'a' }, { key: 'a' }, {}]);
    const received = topic.receive('g', 9, 0);
    const receipts = receiptsOf(received);
    topic.deadLettersMax = 1;
    const nack = { delayMs: null, reason: 'no such user', deadLetter: true };
    expect(topic.groups.nack('g', receipts, nack, 10).stale).toEqual([]);
    expect(topic.groups.view('g', 10)).toMatchObject({ inFlight: 2, deadLettered: 1 });
    expect(topic.groups.nextDueMs).toBe(10);
    // Their receipts are used.
    expect(topic.groups.ack('g', receipts, 10).stale).toEqual([0, 1, 2]);
    expect(topic.take('g', 9, 10)).toEqual([]);
    topic.reopen();
    topic.deadLettersMax = 2;
    expect(topic.groups.expireDue(10, 10)).toBe(1);
    expect(topic.groups.nextDueMs).toBe(10);
    topic.deadLettersMax = 9;
    expect(topic.groups.expireDue(20, 10)).toBe(1);
    const facts = { group: 'g', groupId: 1, deliveries: 1, cause: 'rejected' };
    expect(topic.deadLetters).toEqual(
      [1, 2, 4].map((sequence) => [sequence, { ...facts, reason: 'no such user' }]),
    );
    expect(topic.groups.view('g', 20)).toMatchObject({ inFlight: 0, deadLettered: 3 });
    expect(topic.consume('g', 9, 20)).toEqual([3]);
    expect(topic.tables.counts).toEqual({ groups: 1 });
  });

  it('hold up what is due after them in their group only', () => {
    const topic = topicWithGroup({ maxDeliveries: 1, visibilityMs: 100 });
    topic.groups.create('other', 1);
    topic.publish([{}, {}]);
    topic.take('g', 9, 0);
    topic.groups.nack('other', receiptsOf(topic.receive('other', 1, 0)), PLAIN, 0);
    expect(topic.deadLetters).toHaveLength(1);
    topic.deadLettersMax = 2;
    expect(topic.groups.expireDue(100, 10)).toBe(1);
    expect(topic.groups.view('g', 100)).toMatchObject({ inFlight: 1, deadLettered: 1 });
    expect(topic.take('other', 9, 100)).toEqual([2]);
    topic.deadLettersMax = 3;
    expect(topic.groups.expireDue(100, 10)).toBe(1);
    expect(topic.groups.nextDueMs).toBe(200);
  });
});

describe('what is due', () => {
  it('is done for so many messages at once; receipts beyond it are stale all the same', () => {
    const topic = topicWithGroup({ visibilityMs: 100 });
    topic.publish(Array.from({ length: 2_500 }, () => ({})));
    const deliveries = [1_000, 1_000, 500].map((max) => topic.receive('g', max, 0));
    const last = deliveries.flatMap((received) => receiptsOf(received)).at(-1);
    topic.tables.takeWrites();
    expect(topic.groups.ack('g', last === undefined ? [] : [last], 100).stale).toHaveLength(500);
    expect(topic.groups.view('g', 100)).toMatchObject({ ready: 1_000, inFlight: 1_500 });
    // The messages, their delivery and the group.
    expect(topic.tables.takeWrites()).toBe(DUE_PER_COMMAND_MAX + 2);
    expect(topic.groups.expireDue(100, 600)).toBe(600);
    expect(topic.groups.nextDueMs).toBe(100);
    expect(topic.groups.expireDue(100, 10_000)).toBe(900);
    expect(topic.groups.nextDueMs).toBeNull();
    expect(topic.take('g', 1_000, 100).at(-1)).toBe(1_000);
  });

  it('makes what has waited ready, in steps', () => {
    const backoff = { initialMs: 50, multiplier: 1, maxMs: 50 };
    const topic = topicWithGroup({ backoff });
    topic.publish(Array.from({ length: 1_500 }, () => ({})));
    for (const max of [1_000, 500]) {
      topic.groups.nack('g', receiptsOf(topic.receive('g', max, 0)), PLAIN, 0);
    }
    expect(topic.groups.view('g', 0)).toMatchObject({ ready: 0, delayed: 1_500 });
    expect(topic.groups.nextDueMs).toBe(50);
    expect(topic.take('g', 1, 50)).toEqual([1]);
    expect(topic.groups.view('g', 50)).toMatchObject({ ready: 999, delayed: 500, inFlight: 1 });
    expect(topic.groups.expireDue(50, 1_000)).toBe(500);
    expect(topic.take('g', 1_000, 50)).toHaveLength(1_000);
  });

  it('goes on after a reopening as before', () => {
    const topic = topicWithGroup({ visibilityMs: 100 });
    topic.publish([{}, {}]);
    topic.groups.nack('g', receiptsOf(topic.receive('g', 1, 0)), { ...PLAIN, delayMs: HOUR_MS }, 0);
    topic.take('g', 1, 0);
    topic.reopen();
    expect(topic.groups.nextDueMs).toBe(100);
    expect(topic.groups.expireDue(100, 10)).toBe(1);
    expect(topic.groups.nextDueMs).toBe(HOUR_MS);
    expect(topic.consume('g', 10, 100)).toEqual([2]);
    topic.remove([1]);
    expect(topic.groups.nextDueMs).toBeNull();
    expect(topic.tables.counts).toEqual({ groups: 1 });
  });
});

describe('backoffMs', () => {
  const configuration = new TopicUnderTest().configuration;

  it.each([
    [1, 100],
    [2, 150],
    [3, 225],
    [4, 337],
    [9, 1_000],
    [1_000, 1_000],
  ])('after failure %i is %i ms', (failures, expected) => {
    const backoff = { initialMs: 100, multiplier: 1.5, maxMs: 1_000 };
    expect(backoffMs({ ...configuration, backoff }, { failures, hasKey: false })).toBe(expected);
  });
});
