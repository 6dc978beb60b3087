import type { Row } from '../row.js';

export const time: Row = (test) => {
  test('a delayed message is ready when it is due, at its place', async (user) => {
    const { nowMs } = user.bench;
    await user.publish(
      't',
      { value: 'later', delayMs: 500 },
      { value: 'scheduled', deliverAtMs: nowMs + 200 },
      { value: 'past', deliverAtMs: nowMs - 1 },
      'now',
    );
    expect(await user.values('t', 'g', { max: 1 })).toEqual(['past']);
    expect(await user.counts('t', 'g')).toEqual([1, 2, 1]);
    await user.bench.pass(199);
    expect(await user.counts('t', 'g')).toEqual([1, 2, 1]);
    await user.bench.pass(1);
    expect(await user.values('t', 'g')).toEqual(['scheduled', 'now']);
    await user.bench.pass(300);
    expect(await user.values('t', 'g')).toEqual(['later']);
  });

  test('a delayed message joins its key when it is due', async (user) => {
    await user.publish(
      't',
      { value: 'k1', key: 'k', delayMs: 100 },
      { value: 'k2', key: 'k' },
      { value: 'k3', key: 'k' },
    );
    const second = await user.receive('t', 'g');
    expect(second.map(({ value }) => value)).toEqual(['k2']);
    await user.bench.pass(100);
    await user.ack('t', 'g', second);
    const third = await user.receive('t', 'g');
    expect(third.map(({ value }) => value)).toEqual(['k3']);
    await user.ack('t', 'g', third);
    expect(await user.values('t', 'g')).toEqual(['k1']);
  });

  test('a message past its ttl is gone', async (user) => {
    await user.publish('t', { value: 'short', ttlMs: 100 }, 'long');
    await user.publish('t', { value: 'never', ttlMs: 100, delayMs: 200 });
    await user.bench.pass(99);
    expect(await user.stored('t')).toEqual(['short', 'long', 'never']);
    await user.bench.pass(1);
    expect(await user.stored('t')).toEqual(['long']);
    expect(await user.values('t', 'g')).toEqual(['long']);
    expect((await user.topic('t')).messages).toBe(1);
  });

  test('in flight at its ttl it stays with its consumer, and does not come again', async (user) => {
    await user.publish('t', { value: 'one', ttlMs: 100 }, { value: 'two', ttlMs: 100 });
    await user.createGroup('t', 'h', 'earliest');
    const handed = await user.receive('t', 'g', { visibilityMs: 1_000 });
    await user.bench.pass(100);
    expect(await user.values('t', 'h')).toEqual([]);
    expect(await user.counts('t', 'g')).toEqual([0, 0, 2]);
    expect(await user.ack('t', 'g', handed.slice(0, 1))).toEqual(['acked']);
    expect(await user.nack('t', 'g', handed.slice(1))).toEqual(['acked']);
    expect(await user.values('t', 'g')).toEqual([]);
    await user.bench.pass(1_000);
    expect(await user.stored('t')).toEqual([]);
  });

  test('messages older than `maxAgeMs` go, whoever has seen them', async (user) => {
    await user.configure('t', { retention: 'log', maxAgeMs: 1_000 });
    await user.publish('t', 'old');
    const handed = await user.receive('t', 'g');
    await user.bench.pass(600);
    await user.publish('t', 'new');
    await user.bench.pass(400);
    expect(await user.stored('t')).toEqual(['new']);
    expect(await user.ack('t', 'g', handed)).toEqual(['stale']);
    expect(await user.counts('t', 'g')).toEqual([1, 0, 0]);
  });
};
