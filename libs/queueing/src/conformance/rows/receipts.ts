import type { Row } from '../row.js';

const visibility: Row = (test) => {
  test('an acknowledged message is gone for the group, and its receipt is stale', async (user) => {
    await user.publish('t', 'one', 'two');
    const handed = await user.receive('t', 'g');
    expect(await user.ack('t', 'g', handed.slice(0, 1))).toEqual(['acked']);
    expect(await user.ack('t', 'g', handed)).toEqual(['stale', 'acked']);
    await user.bench.pass(60_000);
    expect(await user.values('t', 'g')).toEqual([]);
  });

  test('a message comes again when its visibility has passed; the old receipt is stale', async (user) => {
    await user.publish('t', 'one');
    const first = await user.receive('t', 'g', { visibilityMs: 1_000 });
    await user.bench.pass(999);
    expect(await user.values('t', 'g')).toEqual([]);
    await user.bench.pass(1);
    expect(await user.ack('t', 'g', first)).toEqual(['stale']);
    expect(await user.nack('t', 'g', first)).toEqual(['stale']);
    expect(await user.extend('t', 'g', first, 1_000)).toEqual(['stale']);
    const second = await user.receive('t', 'g');
    expect(second.map(({ value, deliveries }) => [value, deliveries])).toEqual([['one', 2]]);
    expect(await user.ack('t', 'g', first)).toEqual(['stale']);
    expect(await user.ack('t', 'g', second)).toEqual(['acked']);
  });

  test("the topic's visibility holds where the receive says none", async (user) => {
    await user.configure('t', { visibilityMs: 200 });
    await user.publish('t', 'one');
    const [handed] = await user.receive('t', 'g');
    expect(handed?.visibleAtMs).toBe(user.bench.nowMs + 200);
    await user.bench.pass(200);
    expect(await user.counts('t', 'g')).toEqual([1, 0, 0]);
  });

  test('an extension counts from now, for each message by itself', async (user) => {
    await user.publish('t', 'one', 'two');
    const handed = await user.receive('t', 'g', { visibilityMs: 1_000 });
    await user.bench.pass(900);
    expect(await user.extend('t', 'g', handed.slice(0, 1), 500)).toEqual(['acked']);
    await user.bench.pass(400);
    expect(await user.values('t', 'g', { visibilityMs: 10_000 })).toEqual(['two']);
    await user.bench.pass(100);
    expect(await user.values('t', 'g')).toEqual(['one']);
  });
};

const fencing: Row = (test) => {
  test('receipts of another group, topic or delivery do nothing', async (user) => {
    await user.publish('t', 'one');
    // One in the same shard, another in another one.
    for (const topic of ['w', 'b']) await user.publish(topic, 'one');
    const handed = await user.receive('t', 'g');
    await user.receive('t', 'h');
    await user.receive('w', 'g');
    await user.receive('b', 'g');
    expect(await user.ack('t', 'h', handed)).toEqual(['stale']);
    expect(await user.ack('w', 'g', handed)).toEqual(['stale']);
    expect(await user.ack('b', 'g', handed)).toEqual(['stale']);
    const made = handed.map((one) => ({ ...one, receipt: { ...one.receipt, deliveryId: 999 } }));
    expect(await user.ack('t', 'g', made)).toEqual(['stale']);
    expect(await user.ack('t', 'g', handed)).toEqual(['acked']);
    expect(await user.counts('t', 'h')).toEqual([0, 0, 1]);
  });

  test('a receipt twice in one request acts once; topics and groups must be there', async (user) => {
    await user.publish('t', 'one');
    const handed = await user.receive('t', 'g');
    expect(await user.ack('t', 'g', [...handed, ...handed])).toEqual(['acked', 'stale']);
    const none = { receipts: handed.map(({ receipt }) => receipt) };
    expect(await user.status({ kind: 'ack', topic: 'no', group: 'g', ...none })).toBe(
      'topic-not-found',
    );
    expect(await user.status({ kind: 'ack', topic: 't', group: 'no', ...none })).toBe(
      'group-not-found',
    );
  });

  test('what is given back is ready at once, as if it had not been handed out', async (user) => {
    await user.configure('t', { maxDeliveries: 1 });
    await user.publish('t', 'one');
    for (let at = 0; at < 3; at += 1) {
      const handed = await user.receive('t', 'g');
      expect(handed.map(({ deliveries }) => deliveries)).toEqual([1]);
      expect(await user.giveBack('t', 'g', handed)).toEqual(['acked']);
      expect(await user.giveBack('t', 'g', handed)).toEqual(['stale']);
    }
    expect(await user.counts('t', 'g')).toEqual([1, 0, 0]);
  });
};

export const receipts: Row = (test) => {
  visibility(test);
  fencing(test);
};
