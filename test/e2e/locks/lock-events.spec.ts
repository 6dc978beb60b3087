import { eventually } from '../../support/eventually.js';
import { EventReader, type ReceivedEvent } from '../../support/event-reader.js';
import { JsonClient } from '../../support/json-client.js';
import { READY_DEADLINE_MS } from '../../support/limits.js';
import { granted, LockClient } from '../../support/lock-client.js';
import { expectInvalid } from '../expect-problem.js';
import { RealNode } from '../real-node.js';

let node: RealNode;
let locks: LockClient;
const readers: EventReader[] = [];

beforeAll(async () => {
  node = await RealNode.start();
  locks = new LockClient(new JsonClient(node.url));
});
afterEach(() => {
  for (const reader of readers.splice(0)) reader.close();
});
afterAll(async () => {
  await locks.http.close();
  await node.stop();
});

async function follow(query = '', lastEventId?: string): Promise<EventReader> {
  const reader = await EventReader.open(`${node.url}/v1/lock-events${query}`, lastEventId);
  readers.push(reader);
  return reader;
}

/** Waits for the newest event to come, and returns how many there were before it. */
async function ends(reader: EventReader, event: string): Promise<readonly ReceivedEvent[]> {
  return await eventually(`${event} comes`, READY_DEADLINE_MS, () =>
    reader.events.at(-1)?.event === event ? reader.events : undefined,
  );
}

const anInstant = expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]{12}Z$/) as string;
const anId = expect.stringMatching(/^\d+-\d+$/) as string;

function data(name: string, owner: string, token: number | null, more: object = {}): object {
  return { name, owner, sessionId: null, mode: 'exclusive', token, at: anInstant, ...more };
}

describe('GET /v1/lock-events', () => {
  it('tells of all that happens to locks, in its order', async () => {
    const reader = await follow();
    expect(reader.status).toBe(200);
    expect(reader.headers).toMatchObject({
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-cache, no-transform',
      'x-sinkron-node': 'node1',
    });
    const ann = await locks.take('x', 'ann');
    const bob = await locks.take('y', 'bob', { mode: 'shared' });
    const waiter = await locks.wait('x', 'bob');
    await locks.acquire('y', { owner: 'ann', waitMs: 20_000 });
    await locks.release('x', ann);
    const next = granted(await waiter.answer);
    await locks.break('x');
    const sessionId = await locks.session({ ttlMs: 1_000 });
    const last = await locks.take('z', 'cid', { sessionId });
    const events = await ends(reader, 'expired');
    const cycle = [
      { owner: 'ann', waitsFor: 'bob', lock: 'y' },
      { owner: 'bob', waitsFor: 'ann', lock: 'x' },
    ];
    expect(events.map(({ event, data: told }) => [event, told])).toEqual([
      ['granted', data('x', 'ann', ann.token)],
      ['granted', data('y', 'bob', bob.token, { mode: 'shared' })],
      ['queued', data('x', 'bob', null)],
      ['deadlock', data('y', 'ann', null, { cycle })],
      ['released', data('x', 'ann', ann.token)],
      ['granted', data('x', 'bob', next.token)],
      ['broken', data('x', 'bob', next.token)],
      ['granted', data('z', 'cid', last.token, { sessionId })],
      ['expired', data('z', 'cid', last.token, { sessionId })],
    ]);
    expect(events.map(({ id }) => id)).toEqual(events.map(() => anId));
    const places = events.map(({ id }) => id.split('-').map(Number));
    const sorted = places.toSorted(([a = 0, b = 0], [c = 0, d = 0]) => a - c || b - d);
    expect(places).toEqual(sorted);
    expect(new Set(events.map(({ id }) => id)).size).toBe(events.length);
    await locks.break('y');
  });

  it('goes on behind Last-Event-ID, with what was missed, and nothing twice', async () => {
    const first = await follow();
    for (const name of ['r1', 'r2', 'r3']) await locks.take(name, 'one');
    const [one, ...more] = await first.until(3);
    first.close();
    await locks.take('r4', 'one');
    const second = await follow('', one?.id);
    const events = await second.until(3);
    expect(events.slice(0, 2)).toEqual(more);
    expect(events.slice(2)).toMatchObject([{ event: 'granted', data: { name: 'r4' } }]);
    const third = await follow('', second.lastId);
    await locks.take('r5', 'one');
    expect(await third.until(1)).toMatchObject([{ event: 'granted', data: { name: 'r5' } }]);
  });

  it('names a place to resume from before anything happened', async () => {
    const early = await follow();
    const { lastId } = early;
    expect(lastId).toEqual(anId);
    early.close();
    await locks.take('early', 'one');
    const reader = await follow('', lastId);
    expect(await reader.until(1)).toMatchObject([{ event: 'granted', data: { name: 'early' } }]);
  });

  it.each(['yesterday', '9007199254740991-1', '-1', 'x'.repeat(1_000)])(
    'begins with reset behind an id that never was: %s',
    async (id) => {
      const reader = await follow('', id);
      const [reset] = await reader.until(1);
      expect(reset).toEqual({ id: '', event: 'reset', data: {} });
      expect(reader.lastId).toEqual(anId);
    },
  );

  it('tells of the locks with a prefix only', async () => {
    const reader = await follow('?prefix=orders%2F');
    for (const name of ['order', 'orders/1', 'Orders/2', 'orders/é']) await locks.take(name, 'one');
    const events = await reader.until(2);
    expect(events.map((event) => Reflect.get(event.data as object, 'name'))).toEqual([
      'orders/1',
      'orders/é',
    ]);
  });

  it('tells many readers the same', async () => {
    const many = await Promise.all(Array.from({ length: 20 }, () => follow('?prefix=many')));
    for (let count = 0; count < 30; count += 1) await locks.take(`many${count}`, 'one');
    const told = await Promise.all(many.map((reader) => reader.until(30)));
    for (const events of told) expect(events).toEqual(told[0]);
  });

  it('tells of a hundred locks of a session that ends', async () => {
    const sessionId = await locks.session();
    for (let from = 0; from < 300; from += 60) {
      const names = Array.from({ length: 60 }, (_, index) => ({ name: `mass${from + index}` }));
      await locks.acquireMany({ sessionId, locks: names });
    }
    const reader = await follow('?prefix=mass');
    await locks.endSession(sessionId);
    const events = await reader.until(300);
    expect(new Set(events.map(({ event }) => event))).toEqual(new Set(['released']));
  });

  it.each([
    ['prefix=%00', 'prefix', 'must not contain control characters'],
    [`prefix=${'a'.repeat(257)}`, 'prefix', 'must be at most 256 bytes of UTF-8'],
    ['limit=5', 'limit', 'is not a parameter of this route'],
  ])('refuses ?%s', async (query, field, message) => {
    expectInvalid(await locks.http.get(`/v1/lock-events?${query}`), { field, message });
  });

  it('forgets all but the last 10,000 events: an older id gets reset first', async () => {
    const { lastId } = await follow();
    // 64 granted and 64 released in each round.
    const names = Array.from({ length: 64 }, (_, index) => ({ name: `old${index}` }));
    for (let events = 0; events <= 10_000; events += 128) {
      const sessionId = await locks.session();
      await locks.acquireMany({ sessionId, locks: names });
      await locks.endSession(sessionId);
    }
    const reader = await follow('', lastId);
    const events = await eventually('all that is remembered comes', READY_DEADLINE_MS, () =>
      reader.events.length > 10_000 ? reader.events : undefined,
    );
    expect(events[0]).toEqual({ id: '', event: 'reset', data: {} });
    expect(events.filter(({ event }) => event === 'reset')).toHaveLength(1);
    expect(events).toHaveLength(10_001);
  });
});
