import type { Row } from '../row.js';

export const retention: Row = (test) => {
  test('`work` removes a message once every group has acknowledged it', async (user) => {
    await user.publish('t', 'one');
    await user.createGroup('t', 'h', 'earliest');
    await user.ack('t', 'g', await user.receive('t', 'g'));
    expect(await user.stored('t')).toEqual(['one']);
    await user.ack('t', 'h', await user.receive('t', 'h'));
    expect(await user.stored('t')).toEqual([]);
    expect(await user.topic('t')).toMatchObject({ messages: 0, bytes: 0, groups: 2 });
  });

  test('`log` keeps it, also for groups that come later', async (user) => {
    await user.configure('t', { retention: 'log' });
    await user.publish('t', 'one', 'two');
    await user.ack('t', 'g', await user.receive('t', 'g'));
    expect(await user.stored('t')).toEqual(['one', 'two']);
    expect(await user.values('t', 'h')).toEqual(['one', 'two']);
  });

  test('a group that goes holds nothing back', async (user) => {
    await user.publish('t', 'one', 'two');
    await user.createGroup('t', 'h', 'earliest');
    await user.ack('t', 'g', await user.receive('t', 'g', { max: 1 }));
    await user.status({ kind: 'delete-group', topic: 't', group: 'h' });
    await user.bench.pass(1_000);
    expect(await user.stored('t')).toEqual(['two']);
  });

  test('the configuration is replaced as a whole, but for `retention` while there are messages', async (user) => {
    expect(await user.configure('t', { maxMessages: 5 })).toEqual({
      status: 'configured',
      created: true,
    });
    expect(await user.configure('t', { visibilityMs: 200 })).toEqual({
      status: 'configured',
      created: false,
    });
    const { configuration } = await user.topic('t');
    expect([configuration.maxMessages, configuration.visibilityMs]).toEqual([null, 200]);
    await user.publish('t', 'one');
    const refused = await user.configure('t', { retention: 'log' });
    expect(refused.status).toBe('configuration-conflict');
    expect((await user.topic('t')).configuration.visibilityMs).toBe(200);
    await user.ack('t', 'g', await user.receive('t', 'g'));
    expect((await user.configure('t', { retention: 'log' })).status).toBe('configured');
  });
};
