import { JsonClient } from '../../support/json-client.js';
import { granted, grantedAll, LockClient } from '../../support/lock-client.js';
import { expectProblem } from '../expect-problem.js';
import { RealNode } from '../real-node.js';

let node: RealNode;
let locks: LockClient;

beforeAll(async () => {
  node = await RealNode.start();
  locks = new LockClient(new JsonClient(node.url));
});
afterAll(async () => {
  await locks.http.close();
  await node.stop();
});

const WAIT = { waitMs: 25_000 };

async function graph(): Promise<unknown> {
  const answer = await locks.http.get('/v1/wait-for-graph');
  expect(answer.status).toBe(200);
  return answer.body;
}

it('two that wait for each other: the second is refused, and the cycle is named', async () => {
  expect(await graph()).toEqual({ nodes: [], edges: [] });
  const x = await locks.take('x', 'ann');
  const y = await locks.take('y', 'bob');
  const bob = await locks.wait('x', 'bob');
  expect(await graph()).toEqual({
    nodes: ['bob', 'ann'],
    edges: [{ owner: 'bob', waitsFor: 'ann', lock: 'x' }],
  });
  const refused = await locks.acquire('y', { owner: 'ann', ...WAIT });
  expectProblem(refused, 'DEADLOCK', {
    detail:
      'nobody in the cycle would ever be granted: ann waits at y for bob, who waits at x for ann; ' +
      'release what ann holds and begin anew',
    cycle: [
      { owner: 'ann', waitsFor: 'bob', lock: 'y' },
      { owner: 'bob', waitsFor: 'ann', lock: 'x' },
    ],
  });
  // Without a wait it is only held.
  expect((await locks.acquire('y', { owner: 'ann' })).body).toMatchObject({ code: 'LOCK_HELD' });
  expect(await locks.queue('y')).toEqual([]);
  await locks.release('x', x);
  await locks.release('x', granted(await bob.answer));
  await locks.release('y', y);
  expect(await graph()).toEqual({ nodes: [], edges: [] });
});

it('three in a round', async () => {
  const names = ['k1', 'k2', 'k3'];
  const holders = ['p', 'q', 'r'];
  for (const [place, name] of names.entries()) await locks.take(name, holders[place] ?? '');
  const p = await locks.wait('k2', 'p');
  const q = await locks.wait('k3', 'q');
  const refused = await locks.acquire('k1', { owner: 'r', ...WAIT });
  expect(refused).toMatchObject({
    status: 409,
    body: {
      code: 'DEADLOCK',
      cycle: [
        { owner: 'r', waitsFor: 'p', lock: 'k1' },
        { owner: 'p', waitsFor: 'q', lock: 'k2' },
        { owner: 'q', waitsFor: 'r', lock: 'k3' },
      ],
    },
  });
  await locks.break('k3');
  await locks.break('k2');
  expect(granted(await q.answer).owner).toBe('q');
  expect(granted(await p.answer).owner).toBe('p');
});

it('two readers that both want to write', async () => {
  const first = await locks.take('note', 'a', { mode: 'shared' });
  const second = await locks.take('note', 'b', { mode: 'shared' });
  const upgrade = await locks.wait('note', 'a');
  const refused = await locks.acquire('note', { owner: 'b', ...WAIT });
  expect(refused).toMatchObject({
    status: 409,
    body: {
      code: 'DEADLOCK',
      cycle: [
        { owner: 'b', waitsFor: 'a', lock: 'note' },
        { owner: 'a', waitsFor: 'b', lock: 'note' },
      ],
    },
  });
  await locks.release('note', second);
  const upgraded = granted(await upgrade.answer);
  expect(upgraded.mode).toBe('exclusive');
  expect(upgraded.token).toBeGreaterThan(first.token);
});

it('the order of a queue counts: a reader behind a writer waits for the writer', async () => {
  await locks.take('page', 'r1', { mode: 'shared' });
  await locks.take('other', 'r2');
  const writer = await locks.wait('other', 'w');
  // w waits for r2 at `other`; were w queued at `page` too, r2 behind it would close the round.
  const second = await locks.wait('page', 'w');
  expect(await locks.acquire('page', { owner: 'r2', mode: 'shared', ...WAIT })).toMatchObject({
    status: 409,
    body: {
      code: 'DEADLOCK',
      cycle: [
        { owner: 'r2', waitsFor: 'w', lock: 'page' },
        { owner: 'w', waitsFor: 'r2', lock: 'other' },
      ],
    },
  });
  await locks.break('other');
  expect(granted(await writer.answer).owner).toBe('w');
  await locks.break('page');
  expect(granted(await second.answer).owner).toBe('w');
});

it('a cycle only by a waiting multi-lock is none: the request passes it', async () => {
  const held = await locks.take('m1', 'a');
  const many = locks.acquireMany({ owner: 'b', locks: [{ name: 'm1' }, { name: 'm2' }], ...WAIT });
  await locks.untilQueued('m1', ['b']);
  await locks.untilQueued('m2', ['b']);
  // a waits behind b at m2, and b for a at m1: nobody holds m2, so a may have it.
  const passed = granted(await locks.acquire('m2', { owner: 'a', ...WAIT }));
  expect(passed.owner).toBe('a');
  await locks.release('m1', held);
  await locks.release('m2', passed);
  expect(grantedAll(await many).map(({ name }) => name)).toEqual(['m1', 'm2']);
});

it('a client that obeys DEADLOCK goes on', async () => {
  const one = await locks.take('d1', 'c');
  await locks.take('d2', 'd');
  const waiting = await locks.wait('d1', 'd');
  expect(await locks.acquire('d2', { owner: 'c', ...WAIT })).toMatchObject({ status: 409 });
  await locks.release('d1', one);
  const both = granted(await waiting.answer);
  expect(both.owner).toBe('d');
});
