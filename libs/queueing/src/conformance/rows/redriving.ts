import type { TopicsUser } from '../topics-user.js';
import type { Row } from '../row.js';

/** Messages that failed in `g`, while `h` is done with them. */
async function failed(user: TopicsUser, ...values: readonly string[]): Promise<void> {
  await user.configure('t', { maxDeliveries: 1 });
  await user.createGroup('t', 'g', 'earliest');
  await user.createGroup('t', 'h', 'earliest');
  await user.publish('t', ...values);
  await user.ack('t', 'h', await user.receive('t', 'h'));
  await user.nack('t', 'g', await user.receive('t', 'g'));
  expect(await user.stored('t.dead')).toEqual(values);
}

export const redriving: Row = (test) => {
  test('dead letters go back to the group where they failed, and to no other', async (user) => {
    await failed(user, 'one', 'two');
    expect(await user.redrive('t')).toBe(2);
    expect(await user.stored('t.dead')).toEqual([]);
    expect(await user.values('t', 'h')).toEqual([]);
    const handed = await user.receive('t', 'g');
    expect(handed.map(({ value, deliveries }) => [value, deliveries])).toEqual([
      ['one', 1],
      ['two', 1],
    ]);
    await user.ack('t', 'g', handed);
    expect(await user.stored('t')).toEqual([]);
  });

  test('the dead-letter topic can be named as well, and how many', async (user) => {
    await failed(user, 'one', 'two', 'three');
    expect(await user.redrive('t.dead', 2)).toBe(2);
    expect(await user.values('t', 'g')).toEqual(['one', 'two']);
    expect(await user.stored('t.dead')).toEqual(['three']);
  });

  test('a redriven message can fail again', async (user) => {
    await failed(user, 'one');
    await user.redrive('t');
    await user.nack('t', 'g', await user.receive('t', 'g'));
    expect(await user.stored('t.dead')).toEqual(['one']);
    expect((await user.group('t', 'g')).deadLettered).toBe(2);
  });

  test('limits do not keep redriven messages out', async (user) => {
    await failed(user, 'one', 'two');
    await user.configure('t', { maxDeliveries: 1, maxMessages: 1 });
    await user.publish('t', 'three');
    expect(await user.redrive('t')).toBe(2);
    expect(await user.values('t', 'g')).toEqual(['three', 'one', 'two']);
  });

  test('what a client published into a dead-letter topic stays', async (user) => {
    await failed(user, 'one');
    const headers = { 'sinkron-origin-topic': 't', 'sinkron-origin-group': 'g' };
    await user.publish('t.dead', { value: 'mine', headers });
    expect(await user.redrive('t.dead')).toBe(1);
    expect(await user.stored('t.dead')).toEqual(['mine']);
  });

  test('they go to another topic, of whichever shard', async (user) => {
    await failed(user, 'one', 'two', 'three');
    expect(await user.redrive('t', 1, 'away')).toBe(1);
    expect(await user.redrive('t.dead', 100, 'b')).toBe(2);
    await user.bench.pass(0);
    expect(await user.stored('t.dead')).toEqual([]);
    expect(await user.values('away', 'g')).toEqual(['one']);
    expect(await user.values('b', 'g')).toEqual(['two', 'three']);
  });

  test('they go back from another shard to their group only', async (user) => {
    await user.configure('t', { maxDeliveries: 1, deadLetterTopic: 'b.lost' });
    await user.createGroup('t', 'h', 'latest');
    await user.publish('t', 'one');
    await user.nack('t', 'g', await user.receive('t', 'g'));
    await user.ack('t', 'h', await user.receive('t', 'h'));
    await user.bench.pass(0);
    expect(await user.redrive('b.lost')).toBe(1);
    await user.bench.pass(0);
    expect(await user.stored('b.lost')).toEqual([]);
    expect(await user.values('t', 'h')).toEqual([]);
    expect(await user.values('t', 'g')).toEqual(['one']);
  });

  test('a topic that is not there', async (user) => {
    expect(await user.status({ kind: 'redrive', topic: 't', max: 1, to: null })).toBe(
      'topic-not-found',
    );
  });
};
