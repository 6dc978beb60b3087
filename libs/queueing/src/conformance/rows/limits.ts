import type { Row } from '../row.js';

export const limits: Row = (test) => {
  test('`reject` is exact, by count', async (user) => {
    await user.configure('t', { maxMessages: 2 });
    await user.publish('t', 'one', { value: 'two', delayMs: 1_000 });
    expect((await user.tryPublish('t', 'three')).status).toBe('queue-full');
    await user.ack('t', 'g', await user.receive('t', 'g'));
    await user.publish('t', 'three');
    expect((await user.tryPublish('t', 'four')).status).toBe('queue-full');
  });

  test('`reject` is exact, by bytes', async (user) => {
    await user.publish('t', 'one', 'two');
    const { bytes } = await user.topic('t');
    await user.configure('t', { maxBytes: bytes + bytes / 2 });
    await user.publish('t', 'six');
    expect((await user.tryPublish('t', '')).status).toBe('queue-full');
    expect((await user.topic('t')).bytes).toBe(bytes + bytes / 2);
  });

  test('`drop-oldest` makes room, of any priority, but never of delayed ones', async (user) => {
    await user.configure('t', { maxMessages: 3, overflow: 'drop-oldest' });
    await user.publish('t', { value: 'delayed', delayMs: 1_000 }, { value: 'a', priority: 9 }, 'b');
    await user.publish('t', 'c');
    expect(await user.stored('t')).toEqual(['delayed', 'b', 'c']);
    await user.publish('t', 'd', 'e');
    expect(await user.stored('t')).toEqual(['delayed', 'd', 'e']);
    expect((await user.tryPublish('t', 'f', 'g', 'h')).status).toBe('queue-full');
    expect(await user.stored('t')).toEqual(['delayed', 'd', 'e']);
  });

  test('a dropped message that was in flight is gone for its consumer', async (user) => {
    await user.configure('t', { maxMessages: 1, overflow: 'drop-oldest' });
    await user.publish('t', 'a');
    const handed = await user.receive('t', 'g');
    await user.publish('t', 'b');
    expect(await user.ack('t', 'g', handed)).toEqual(['stale']);
    expect(await user.values('t', 'g')).toEqual(['b']);
  });
};
