import type { Row } from '../row.js';

const ONE = { value: 'one', deduplicationId: 'd' };

export const deduplication: Row = (test) => {
  test('a duplicate within the window is answered with the first id, and not stored', async (user) => {
    await user.configure('t', { deduplicationWindowMs: 1_000 });
    const [id = ''] = await user.publish('t', ONE);
    await user.bench.pass(999);
    const other = { value: 'other', deduplicationId: 'd' };
    const [, again] = await user.publish('t', 'two', other);
    expect(again).toBe(`=${id}`);
    expect(await user.stored('t')).toEqual(['one', 'two']);
    await user.bench.pass(1);
    const [fresh = ''] = await user.publish('t', ONE);
    expect(fresh.startsWith('=')).toBe(false);
    expect(await user.stored('t')).toEqual(['one', 'two', 'one']);
  });

  test('twice in one publish counts, too', async (user) => {
    const [id = '', again] = await user.publish('t', ONE, ONE);
    expect(again).toBe(`=${id}`);
    expect(await user.values('t', 'g')).toEqual(['one']);
  });

  test('the window outlives the message, a purge and a restart, but not the topic', async (user) => {
    const [id = ''] = await user.publish('t', ONE);
    await user.ack('t', 'g', await user.receive('t', 'g'));
    expect(await user.publish('t', ONE)).toEqual([`=${id}`]);
    await user.status({ kind: 'purge', topic: 't' });
    await user.bench.restart();
    expect(await user.publish('t', ONE)).toEqual([`=${id}`]);
    await user.status({ kind: 'delete-topic', topic: 't' });
    const [fresh = ''] = await user.publish('t', ONE);
    expect(fresh.startsWith('=')).toBe(false);
  });

  test('each topic has its own window, and a refused publish leaves nothing behind', async (user) => {
    await user.publish('t', ONE);
    expect((await user.publish('b', ONE))[0]?.startsWith('=')).toBe(false);
    await user.configure('v', { maxMessages: 1 });
    expect((await user.tryPublish('v', ONE, 'two')).status).toBe('queue-full');
    expect((await user.publish('v', ONE))[0]?.startsWith('=')).toBe(false);
  });
};
