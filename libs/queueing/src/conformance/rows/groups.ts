import type { Row } from '../row.js';

const making: Row = (test) => {
  test('every group sees every message; in a group one consumer gets it', async (user) => {
    await user.publish('t', 'one', 'two');
    expect(await user.values('t', 'g', { max: 1, consumer: 'x' })).toEqual(['one']);
    expect(await user.values('t', 'g', { consumer: 'y' })).toEqual(['two']);
    expect(await user.values('t', 'g')).toEqual([]);
    expect(await user.values('t', 'h')).toEqual(['one', 'two']);
  });

  test('a group is made on a topic that exists only', async (user) => {
    expect(await user.createGroup('t', 'g', 'earliest')).toBe('topic-not-found');
    const receive = { kind: 'receive', topic: 't', group: 'g', consumer: null } as const;
    expect(await user.status({ ...receive, max: 1, visibilityMs: null })).toBe('topic-not-found');
    await user.configure('t', {});
    expect(await user.values('t', 'g')).toEqual([]);
    expect(await user.counts('t', 'g')).toEqual([0, 0, 0]);
  });

  test('a group from `latest` sees what comes; one that exists stays as it is', async (user) => {
    await user.configure('t', { retention: 'log' });
    await user.publish('t', 'one');
    expect(
      await user.change({ kind: 'create-group', topic: 't', group: 'g', from: 'latest' }),
    ).toEqual({ status: 'group-created', created: true });
    expect(
      await user.change({ kind: 'create-group', topic: 't', group: 'g', from: 'earliest' }),
    ).toEqual({ status: 'group-created', created: false });
    await user.publish('t', 'two');
    expect(await user.values('t', 'g')).toEqual(['two']);
  });

  test('a topic has at most 64 groups', async (user) => {
    await user.configure('t', {});
    for (let at = 0; at < 64; at += 1) {
      expect(await user.createGroup('t', `g${at}`, 'earliest')).toBe('group-created');
    }
    expect(await user.createGroup('t', 'other', 'earliest')).toBe('queue-full');
    expect(await user.createGroup('t', 'g1', 'earliest')).toBe('group-created');
  });
};

const others: Row = (test) => {
  test('a deleted group is gone, with its deliveries; another of its name begins anew', async (user) => {
    await user.publish('t', 'one');
    const handed = await user.receive('t', 'g');
    await user.createGroup('t', 'h', 'earliest');
    expect(await user.status({ kind: 'delete-group', topic: 't', group: 'g' })).toBe(
      'group-deleted',
    );
    expect(await user.query({ kind: 'group', topic: 't', group: 'g' })).toEqual({
      missing: 'group',
    });
    expect(await user.status({ kind: 'delete-group', topic: 't', group: 'g' })).toBe(
      'group-not-found',
    );
    expect(await user.values('t', 'g')).toEqual(['one']);
    expect(await user.ack('t', 'g', handed)).toEqual(['stale']);
  });

  test('the view of a group names its consumers and the age of the oldest', async (user) => {
    await user.publish('t', 'one');
    await user.bench.pass(50);
    await user.publish('t', 'two', 'three', { value: 'four', delayMs: 5_000 });
    await user.bench.pass(50);
    await user.receive('t', 'g', { max: 1, consumer: 'y' });
    await user.receive('t', 'g', { max: 1, consumer: 'x' });
    expect(await user.group('t', 'g')).toEqual({
      group: 'g',
      ready: 1,
      delayed: 1,
      inFlight: 2,
      deadLettered: 0,
      oldestReadyAgeMs: 50,
      consumers: ['x', 'y'],
    });
    const pending = await user.pending('t', 'g');
    expect(pending.map(({ consumer, deliveries }) => [consumer, deliveries])).toEqual([
      ['y', 1],
      ['x', 1],
    ]);
  });
};

export const groups: Row = (test) => {
  making(test);
  others(test);
};
