import type { Row } from '../row.js';

export const deleting: Row = (test) => {
  test('a purge removes all messages in every group; groups stay', async (user) => {
    await user.publish('t', 'one', 'two', { value: 'three', delayMs: 500 });
    const handed = await user.receive('t', 'g', { max: 1 });
    await user.createGroup('t', 'h', 'earliest');
    expect(await user.status({ kind: 'purge', topic: 't' })).toBe('purged');
    expect(await user.topic('t')).toMatchObject({ messages: 0, bytes: 0, delayed: 0, groups: 2 });
    expect(await user.counts('t', 'g')).toEqual([0, 0, 0]);
    expect(await user.ack('t', 'g', handed)).toEqual(['stale']);
    await user.publish('t', 'four');
    await user.bench.pass(500);
    expect(await user.values('t', 'g')).toEqual(['four']);
    expect(await user.values('t', 'h')).toEqual(['four']);
  });

  test('a deleted topic is gone; another of its name has nothing of it', async (user) => {
    await user.configure('t', { maxDeliveries: 3 });
    const [id = ''] = await user.publish('t', 'one', { value: 'two', delayMs: 500 });
    const handed = await user.receive('t', 'g');
    expect(await user.status({ kind: 'delete-topic', topic: 't' })).toBe('deleted');
    expect(await user.query({ kind: 'topic', topic: 't' })).toEqual({ missing: 'topic' });
    expect(await user.status({ kind: 'delete-topic', topic: 't' })).toBe('topic-not-found');
    expect(await user.status({ kind: 'purge', topic: 't' })).toBe('topic-not-found');
    await user.publish('t', 'three');
    expect((await user.topic('t')).configuration.maxDeliveries).toBe(5);
    expect(await user.query({ kind: 'message', topic: 't', id })).toEqual({ missing: 'message' });
    await user.bench.pass(500);
    expect(await user.values('t', 'g')).toEqual(['three']);
    expect(await user.ack('t', 'g', handed)).toEqual(['stale']);
  });

  test('a delete of many messages is obeyed at once', async (user) => {
    for (let at = 0; at < 3; at += 1) {
      const values = Array.from({ length: 1_000 }, (_, place) => `m${place}`);
      await user.publish('t', ...values.map((value) => ({ value, key: value })));
    }
    expect((await user.topic('t')).messages).toBe(3_000);
    await user.status({ kind: 'purge', topic: 't' });
    expect(await user.stored('t')).toEqual([]);
    await user.publish('t', 'one');
    expect(await user.values('t', 'g')).toEqual(['one']);
  });

  test('topics are listed in byte order, page by page', async (user) => {
    for (const topic of ['b', 'ä', 'a', 'B']) await user.configure(topic, {});
    const names = async (after: string | null, limit: number): Promise<unknown> => {
      const topics = await user.query({ kind: 'topics', after, limit });
      return Array.isArray(topics) ? topics.map(({ topic }: { topic: string }) => topic) : topics;
    };
    expect(await names(null, 10)).toEqual(['B', 'a', 'b', 'ä']);
    expect(await names(null, 2)).toEqual(['B', 'a']);
    expect(await names('a', 2)).toEqual(['b', 'ä']);
    expect(await names('ä', 2)).toEqual([]);
  });
};
