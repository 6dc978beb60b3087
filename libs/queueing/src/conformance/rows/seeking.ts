import type { TopicsUser } from '../topics-user.js';
import type { Row } from '../row.js';

/** Three messages, 100 ms apart, which `g` is done with. */
async function acknowledged(user: TopicsUser): Promise<string[]> {
  await user.configure('t', { retention: 'log' });
  const ids: string[] = [];
  for (const value of ['one', 'two', 'three']) {
    ids.push(...(await user.publish('t', value)));
    await user.bench.pass(100);
  }
  await user.ack('t', 'g', await user.receive('t', 'g'));
  return ids;
}

export const seeking: Row = (test) => {
  test('back to the earliest, on to the latest', async (user) => {
    await acknowledged(user);
    expect(await user.seek('t', 'g', { kind: 'earliest' })).toBe('sought');
    const handed = await user.receive('t', 'g', { max: 2 });
    expect(handed.map(({ value, deliveries }) => [value, deliveries])).toEqual([
      ['one', 1],
      ['two', 1],
    ]);
    expect(await user.seek('t', 'g', { kind: 'latest' })).toBe('sought');
    expect(await user.counts('t', 'g')).toEqual([0, 0, 0]);
    expect(await user.ack('t', 'g', handed)).toEqual(['stale', 'stale']);
    await user.publish('t', 'four');
    expect(await user.values('t', 'g')).toEqual(['four']);
  });

  test('to a message, or a time', async (user) => {
    const startedMs = user.bench.nowMs;
    const [, two = ''] = await acknowledged(user);
    await user.seek('t', 'g', { kind: 'id', id: two });
    expect(await user.values('t', 'g')).toEqual(['two', 'three']);
    await user.seek('t', 'g', { kind: 'time', timeMs: startedMs + 101 });
    expect(await user.values('t', 'g')).toEqual(['three']);
    await user.seek('t', 'g', { kind: 'time', timeMs: startedMs + 100 });
    expect(await user.values('t', 'g')).toEqual(['two', 'three']);
    await user.seek('t', 'g', { kind: 'time', timeMs: startedMs + 1_000 });
    expect(await user.values('t', 'g')).toEqual([]);
    expect(await user.seek('t', 'g', { kind: 'id', id: 'zz-zz' })).toBe('message-not-found');
  });

  test('moves one group only, and forgets its failures and delays', async (user) => {
    await user.configure('t', { maxDeliveries: 2 });
    await user.publish('t', 'one');
    await user.createGroup('t', 'h', 'earliest');
    await user.nack('t', 'g', await user.receive('t', 'g'), { delayMs: 10_000 });
    await user.seek('t', 'g', { kind: 'earliest' });
    const handed = await user.receive('t', 'g');
    expect(handed.map(({ deliveries }) => deliveries)).toEqual([1]);
    await user.nack('t', 'g', handed);
    expect(await user.counts('t', 'g')).toEqual([1, 0, 0]);
    expect(await user.counts('t', 'h')).toEqual([1, 0, 0]);
  });

  test('keys begin anew as well', async (user) => {
    await user.configure('t', { retention: 'log' });
    await user.publish('t', { value: 'k1', key: 'k' }, { value: 'k2', key: 'k' });
    await user.ack('t', 'g', await user.receive('t', 'g'));
    await user.seek('t', 'g', { kind: 'earliest' });
    expect(await user.values('t', 'g')).toEqual(['k1']);
  });

  test('a group or a topic that is not there', async (user) => {
    expect(await user.seek('t', 'g', { kind: 'latest' })).toBe('topic-not-found');
    await user.configure('t', {});
    expect(await user.seek('t', 'g', { kind: 'latest' })).toBe('group-not-found');
  });
};
