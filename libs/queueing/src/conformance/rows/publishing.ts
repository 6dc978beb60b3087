import { DEFAULT_TOPIC_CONFIGURATION } from '../../core/commands/topic-configuration.js';
import type { Row } from '../row.js';

export const publishing: Row = (test) => {
  test('a publish makes the topic, and ids that ascend', async (user) => {
    const ids = await user.publish('t', 'one', 'two');
    expect(ids).toHaveLength(2);
    expect(new Set(ids).size).toBe(2);
    expect(await user.stored('t')).toEqual(['one', 'two']);
    expect((await user.topic('t')).configuration).toEqual(DEFAULT_TOPIC_CONFIGURATION);
  });

  test('a topic without a group keeps its messages; a group made by a receive sees all', async (user) => {
    await user.publish('t', 'one', 'two');
    await user.bench.pass(86_400_000);
    expect(await user.values('t', 'g')).toEqual(['one', 'two']);
  });

  test('a message comes back as it was sent', async (user) => {
    const headers = { colour: 'blue', 'x-empty': '' };
    const { nowMs } = user.bench;
    const [id] = await user.publish('t', { value: 'é "x" \n.', priority: 7, key: 'k', headers });
    await user.bench.pass(10);
    const [handed] = await user.receive('t', 'g', { visibilityMs: 500 });
    expect(handed).toMatchObject({
      id,
      value: 'é "x" \n.',
      priority: 7,
      key: 'k',
      headers,
      deliveries: 1,
      publishedAtMs: nowMs,
      visibleAtMs: nowMs + 510,
    });
  });

  test('a publish is all or nothing', async (user) => {
    await user.configure('t', { maxMessages: 3 });
    await user.publish('t', 'one', 'two');
    expect((await user.tryPublish('t', 'three', 'four')).status).toBe('queue-full');
    expect(await user.stored('t')).toEqual(['one', 'two']);
    await user.publish('t', 'five');
    expect(await user.values('t', 'g')).toEqual(['one', 'two', 'five']);
  });

  test('a message can be asked for, and deleted, also a delayed one', async (user) => {
    const [one = '', two = ''] = await user.publish('t', 'one', { value: 'two', delayMs: 1_000 });
    expect((await user.message('t', two)).deliverAtMs).toBe(user.bench.nowMs + 1_000);
    expect(await user.status({ kind: 'delete-message', topic: 't', id: two })).toBe('deleted');
    const again = { kind: 'delete-message' as const, topic: 't', id: two };
    expect(await user.status(again)).toBe('message-not-found');
    expect(await user.query({ kind: 'message', topic: 't', id: two })).toEqual({
      missing: 'message',
    });
    await user.bench.pass(2_000);
    expect(await user.values('t', 'g')).toEqual(['one']);
    await user.publish('b', 'of another topic');
    expect(await user.status({ kind: 'delete-message', topic: 'b', id: one })).toBe(
      'message-not-found',
    );
    expect(await user.status({ kind: 'delete-message', topic: 't', id: one })).toBe('deleted');
    expect(await user.counts('t', 'g')).toEqual([0, 0, 0]);
  });

  test('what was published, acknowledged and in flight is the same after a restart', async (user) => {
    await user.publish('t', 'one', 'two', { value: 'three', delayMs: 1_000 }, 'four');
    const handed = await user.receive('t', 'g', { max: 2 });
    expect(await user.ack('t', 'g', handed.slice(0, 1))).toEqual(['acked']);
    await user.bench.restart();
    expect(await user.stored('t')).toEqual(['two', 'three', 'four']);
    expect(await user.counts('t', 'g')).toEqual([1, 1, 1]);
    expect(await user.ack('t', 'g', handed)).toEqual(['stale', 'acked']);
    await user.bench.pass(1_000);
    expect(await user.values('t', 'g')).toEqual(['three', 'four']);
  });
};
