import { PassThrough } from 'node:stream';
import { EventStream } from './event-stream.js';

/** A stream, what its node writes to it, and a clock that stands. */
function opened(): { readonly node: PassThrough; readonly events: EventStream } {
  const node = new PassThrough();
  return { node, events: new EventStream(node, () => 7) };
}

const NEVER = 60_000;

describe('EventStream', () => {
  it('gives events as they come, however they are cut, and passes over comments', async () => {
    const { node, events } = opened();
    node.write(': hello\n\nid: 1\nevent: message\nda');
    node.write('ta: {"a":1}\n\nevent: problem\ndata: {"b"');
    node.write(':2}\n\n');
    expect(await events.next(100)).toEqual({ event: 'message', data: { a: 1 }, at: 7 });
    expect(await events.next(100)).toEqual({ event: 'problem', data: { b: 2 }, at: 7 });
  });

  it('gives nothing when nothing comes in time', async () => {
    const { events } = opened();
    expect(await events.next(7)).toBeNull();
    expect(events.endedAt).toBeNull();
  });

  it('gives what came before the end, then nothing', async () => {
    const { node, events } = opened();
    node.end('event: message\ndata: 1\n\n');
    expect(await events.next(NEVER)).toEqual({ event: 'message', data: 1, at: 7 });
    expect(await events.next(NEVER)).toBeNull();
    expect(events.endedAt).toBe(7);
  });

  it('ends when its connection breaks, and when its reader closes it', async () => {
    const broken = opened();
    broken.node.destroy(new Error('reset'));
    expect(await broken.events.next(NEVER)).toBeNull();
    const closed = opened();
    closed.events.close();
    expect([closed.events.endedAt, closed.node.destroyed]).toEqual([7, true]);
  });
});
