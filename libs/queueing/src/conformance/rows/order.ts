import { BODY_BYTES_MAX } from '../../core/limits.js';
import type { Row } from '../row.js';

const byPriority: Row = (test) => {
  test('priority first, then publish order', async (user) => {
    await user.publish('t', 'a', { value: 'low', priority: 0 }, { value: 'high', priority: 9 });
    await user.publish('t', { value: 'higher', priority: 9 }, 'b');
    expect(await user.values('t', 'g', { max: 3 })).toEqual(['high', 'higher', 'a']);
    expect(await user.values('t', 'g')).toEqual(['b', 'low']);
  });

  test('one that failed comes at its old place', async (user) => {
    await user.publish('t', 'a', 'b', 'c');
    const handed = await user.receive('t', 'g', { max: 2 });
    await user.nack('t', 'g', handed.slice(1));
    await user.nack('t', 'g', handed.slice(0, 1));
    await user.publish('t', { value: 'urgent', priority: 5 });
    expect(await user.values('t', 'g')).toEqual(['urgent', 'a', 'b', 'c']);
  });

  test('a receive answers at most so many messages, and so many bytes, but one at least', async (user) => {
    const padding = BODY_BYTES_MAX - 2;
    for (let at = 0; at < 9; at += 1) await user.publish('t', { value: `m${at}`, padding });
    await user.publish('t', 'small');
    expect(await user.values('t', 'g', { max: 1 })).toEqual(['m0']);
    // Eight bodies alone are as many bytes; what would fit behind them waits.
    const seven = ['m1', 'm2', 'm3', 'm4', 'm5', 'm6', 'm7'];
    expect(await user.values('t', 'g')).toEqual(seven);
    expect(await user.values('t', 'g')).toEqual(['m8', 'small']);
  });
};

const byKey: Row = (test) => {
  test('of a key one is in flight, in publish order; other keys and messages go on', async (user) => {
    await user.publish(
      't',
      { value: 'k1', key: 'k' },
      { value: 'k2', key: 'k' },
      { value: 'l1', key: 'l' },
      'free',
      { value: 'k3', key: 'k', priority: 9 },
    );
    const first = await user.receive('t', 'g');
    expect(first.map(({ value }) => value)).toEqual(['k1', 'l1', 'free']);
    expect(await user.values('t', 'g')).toEqual([]);
    await user.ack('t', 'g', first);
    const second = await user.receive('t', 'g');
    expect(second.map(({ value }) => value)).toEqual(['k2']);
    await user.ack('t', 'g', second);
    expect(await user.values('t', 'g')).toEqual(['k3']);
  });

  test('the head of a key has its own priority', async (user) => {
    await user.publish('t', { value: 'k1', key: 'k', priority: 0 }, 'a');
    await user.publish('t', { value: 'k2', key: 'k', priority: 9 });
    expect(await user.values('t', 'g', { max: 1 })).toEqual(['a']);
    const head = await user.receive('t', 'g');
    expect(head.map(({ value }) => value)).toEqual(['k1']);
    await user.ack('t', 'g', head);
    await user.publish('t', 'b');
    expect(await user.values('t', 'g')).toEqual(['k2', 'b']);
  });

  test('each group has its own place in a key', async (user) => {
    await user.publish('t', { value: 'k1', key: 'k' }, { value: 'k2', key: 'k' });
    await user.createGroup('t', 'h', 'earliest');
    await user.ack('t', 'g', await user.receive('t', 'g'));
    expect(await user.values('t', 'g')).toEqual(['k2']);
    expect(await user.values('t', 'h')).toEqual(['k1']);
  });

  test('a message behind its key is blocked, and counts as ready', async (user) => {
    const [one = '', two = ''] = await user.publish(
      't',
      { value: 'k1', key: 'k' },
      { value: 'k2', key: 'k' },
    );
    await user.receive('t', 'g');
    expect((await user.stateOf('t', one, 'g'))?.state).toBe('in-flight');
    expect((await user.stateOf('t', two, 'g'))?.state).toBe('blocked');
    expect(await user.counts('t', 'g')).toEqual([1, 0, 1]);
  });
};

export const order: Row = (test) => {
  byPriority(test);
  byKey(test);
};
