import type { Row } from '../row.js';

const ofOneMessage: Row = (test) => {
  test('a nack makes a message ready at once, or after its delay', async (user) => {
    await user.publish('t', 'one', 'two');
    const handed = await user.receive('t', 'g');
    await user.nack('t', 'g', handed.slice(0, 1));
    await user.nack('t', 'g', handed.slice(1), { delayMs: 300 });
    expect(await user.counts('t', 'g')).toEqual([1, 1, 0]);
    expect(await user.values('t', 'g')).toEqual(['one']);
    await user.bench.pass(299);
    expect(await user.values('t', 'g')).toEqual([]);
    await user.bench.pass(1);
    expect(await user.values('t', 'g')).toEqual(['two']);
  });

  test('the back-off grows with each failure, whether a nack or a passed visibility', async (user) => {
    const backoff = { initialMs: 100, multiplier: 3, maxMs: 500 };
    await user.configure('t', { backoff, visibilityMs: 1_000, maxDeliveries: 10 });
    await user.publish('t', 'one');
    await user.nack('t', 'g', await user.receive('t', 'g'));
    await user.bench.pass(99);
    expect(await user.values('t', 'g')).toEqual([]);
    await user.bench.pass(1);
    expect(await user.values('t', 'g')).toEqual(['one']);
    await user.bench.pass(1_000);
    await user.bench.pass(299);
    expect(await user.values('t', 'g')).toEqual([]);
    await user.bench.pass(1);
    // Nine times the first, but for the maximum.
    await user.nack('t', 'g', await user.receive('t', 'g'));
    await user.bench.pass(499);
    expect(await user.counts('t', 'g')).toEqual([0, 1, 0]);
    await user.bench.pass(1);
    expect(await user.values('t', 'g')).toEqual(['one']);
  });

  test('after so many failures a message is a dead letter of that group, with its history', async (user) => {
    await user.configure('t', { maxDeliveries: 2 });
    const [id = ''] = await user.publish('t', { value: 'one', headers: { colour: 'blue' } });
    await user.createGroup('t', 'h', 'earliest');
    await user.nack('t', 'g', await user.receive('t', 'g'));
    await user.nack('t', 'g', await user.receive('t', 'g'), { reason: 'no paper' });
    expect(await user.values('t', 'g')).toEqual([]);
    expect(await user.group('t', 'g')).toMatchObject({ ready: 0, inFlight: 0, deadLettered: 1 });
    expect((await user.stateOf('t', id, 'g'))?.state).toBe('acknowledged');
    expect(await user.values('t', 'h')).toEqual(['one']);
    const [dead] = await user.receive('t.dead', 'd');
    expect(dead).toMatchObject({ value: 'one', deliveries: 1 });
    expect(dead?.headers).toEqual({
      colour: 'blue',
      'sinkron-origin-topic': 't',
      'sinkron-origin-group': 'g',
      'sinkron-origin-id': id,
      'sinkron-deliveries': '2',
      'sinkron-dead-letter-reason': 'no paper',
      'sinkron-dead-lettered-at': new Date(user.bench.nowMs).toISOString(),
    });
  });

  test('a passed visibility counts as a failure, too', async (user) => {
    await user.configure('t', { maxDeliveries: 1 });
    await user.publish('t', 'one');
    await user.receive('t', 'g', { visibilityMs: 100 });
    await user.bench.pass(100);
    expect(await user.stored('t')).toEqual([]);
    expect(await user.stored('t.dead')).toEqual(['one']);
  });

  test('a nack can make a dead letter at once, for itself only', async (user) => {
    await user.publish('t', 'one', { value: 'two', key: 'k' });
    await user.createGroup('t', 'h', 'earliest');
    await user.nack('t', 'g', await user.receive('t', 'g'), { deadLetter: true });
    expect(await user.stored('t.dead')).toEqual(['one', 'two']);
    expect(await user.values('t', 'h')).toEqual(['one', 'two']);
  });
};

const ofTopics: Row = (test) => {
  test('a configured dead-letter topic, and limits do not keep dead letters out', async (user) => {
    const deadLetterTopic = `${'t'}.dead`;
    await user.configure('t', { maxDeliveries: 1, deadLetterTopic });
    await user.configure(deadLetterTopic, { maxMessages: 1 });
    await user.publish('t', 'one', 'two');
    await user.nack('t', 'g', await user.receive('t', 'g'));
    expect(await user.stored(deadLetterTopic)).toEqual(['one', 'two']);
    expect((await user.tryPublish(deadLetterTopic, 'three')).status).toBe('queue-full');
  });

  test('a dead-letter topic of another shard has each dead letter once', async (user) => {
    // The first letter says which shard it is in.
    await user.configure('t', { maxDeliveries: 1, deadLetterTopic: 'b.lost' });
    await user.publish('t', { value: 'one', key: 'k', priority: 7 }, 'two');
    await user.createGroup('t', 'h', 'earliest');
    await user.nack('t', 'g', await user.receive('t', 'g'), { deadLetter: true });
    await user.bench.pass(0);
    expect(await user.stored('b.lost')).toEqual(['one', 'two']);
    expect(await user.counts('t', 'g')).toEqual([0, 0, 0]);
    expect(await user.counts('t', 'h')).toEqual([2, 0, 0]);
    expect((await user.group('t', 'g')).deadLettered).toBe(2);
    const [lost] = await user.receive('b.lost', 'd', { max: 1 });
    expect(lost).toMatchObject({ value: 'one', key: 'k', priority: 7, deliveries: 1 });
    expect(lost?.headers).toMatchObject({
      'sinkron-origin-topic': 't',
      'sinkron-origin-group': 'g',
      'sinkron-deliveries': '1',
      'sinkron-dead-letter-reason': 'rejected',
    });
    await user.bench.restart();
    await user.publish('t', 'three');
    await user.nack('t', 'g', await user.receive('t', 'g'));
    await user.bench.pass(0);
    expect(await user.stored('b.lost')).toEqual(['one', 'two', 'three']);
  });

  test('a dead-letter topic has none of its own: it redelivers for ever', async (user) => {
    await user.configure('t.dead', { maxDeliveries: 1 });
    await user.publish('t.dead', 'one');
    for (let deliveries = 1; deliveries < 4; deliveries += 1) {
      const handed = await user.receive('t.dead', 'd');
      expect(handed.map((one) => one.deliveries)).toEqual([deliveries]);
      await user.nack('t.dead', 'd', handed, { deadLetter: true });
    }
    expect(await user.stored('t.dead')).toEqual(['one']);
  });

  test('`block`: a key waits for its head with back-off, for ever', async (user) => {
    await user.configure('t', { maxDeliveries: 1, onOrderedFailure: 'block' });
    await user.publish('t', { value: 'k1', key: 'k' }, { value: 'k2', key: 'k' });
    for (const delayMs of [1_000, 2_000, 4_000]) {
      const handed = await user.receive('t', 'g');
      expect(handed.map(({ value }) => value)).toEqual(['k1']);
      await user.nack('t', 'g', handed);
      await user.bench.pass(delayMs - 1);
      expect(await user.values('t', 'g')).toEqual([]);
      await user.bench.pass(1);
    }
    await user.ack('t', 'g', await user.receive('t', 'g'));
    expect(await user.values('t', 'g')).toEqual(['k2']);
  });

  test('`dead-letter`: the next of the key comes once its head is a dead letter', async (user) => {
    await user.configure('t', { maxDeliveries: 2, onOrderedFailure: 'dead-letter' });
    await user.publish('t', { value: 'k1', key: 'k' }, { value: 'k2', key: 'k' });
    await user.nack('t', 'g', await user.receive('t', 'g'));
    const again = await user.receive('t', 'g');
    expect(again.map(({ value }) => value)).toEqual(['k1']);
    await user.nack('t', 'g', again);
    expect(await user.values('t', 'g')).toEqual(['k2']);
    expect(await user.stored('t.dead')).toEqual(['k1']);
  });
};

export const failures: Row = (test) => {
  ofOneMessage(test);
  ofTopics(test);
};
