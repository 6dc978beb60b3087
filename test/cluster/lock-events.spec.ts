import { eventually } from '../support/eventually.js';
import { EventReader, type ReceivedEvent } from '../support/event-reader.js';
import { CLUSTER_TEST_MS, READY_DEADLINE_MS } from '../support/limits.js';
import { LockClient } from '../support/lock-client.js';
import { RealCluster } from '../support/real-cluster.js';

jest.setTimeout(CLUSTER_TEST_MS);

const NODES = [0, 1, 2, 3] as const;
/** The fourth node has no replica of the locks. */
const WITHOUT_REPLICA = 3;

describe('lock-events in a cluster of four real nodes, of which three have a replica', () => {
  let cluster: RealCluster;
  const readers: EventReader[] = [];

  beforeAll(async () => {
    cluster = await RealCluster.start({ nodes: NODES.length });
  }, 60_000);

  afterEach(() => {
    for (const reader of readers.splice(0)) reader.close();
  });

  afterAll(async () => {
    await cluster.close();
  });

  async function follow(index: number, prefix: string, lastEventId?: string): Promise<EventReader> {
    const url = `${cluster.node(index).httpUrl}/v1/lock-events?prefix=${prefix}`;
    const reader = await EventReader.open(url, lastEventId);
    expect(reader.status).toBe(200);
    readers.push(reader);
    return reader;
  }

  const client = (index: number) => new LockClient(cluster.http(index));
  const told = (events: readonly ReceivedEvent[]) =>
    events.map(({ event, data }) => [event, Reflect.get(data as object, 'name')]);

  it('are the same at every node, with the same ids', async () => {
    const all = [];
    for (const index of NODES) all.push(await follow(index, 'same'));
    const held = await client(WITHOUT_REPLICA).take('same1', 'a');
    const waiter = await client(0).wait('same1', 'b');
    await client(1).release('same1', held);
    await waiter.answer;
    const lists = await Promise.all(all.map((reader) => reader.until(4)));
    expect(told(lists[0] ?? [])).toEqual([
      ['granted', 'same1'],
      ['queued', 'same1'],
      ['released', 'same1'],
      ['granted', 'same1'],
    ]);
    for (const events of lists) expect(events).toEqual(lists[0]);
    // A reader that changes its node misses nothing and sees nothing twice.
    const [first, ...more] = lists[0] ?? [];
    for (const index of NODES) {
      expect(await (await follow(index, 'same', first?.id)).until(3)).toEqual(more);
    }
  });

  it('go on over a change of leader: none is missing, none comes twice', async () => {
    const { index: leader, term } = await cluster.leader();
    const others = NODES.filter((index) => index !== leader);
    const all = [];
    for (const index of others) all.push(await follow(index, 'over'));
    const names = Array.from({ length: 12 }, (_, count) => `over${count}`);
    const locks = client(WITHOUT_REPLICA);
    for (const [count, name] of names.entries()) {
      if (count === 6) await cluster.node(leader).kill();
      await locks.take(name, 'a');
    }
    expect((await cluster.leader(term)).index).not.toBe(leader);
    const lists = await Promise.all(all.map((reader) => reader.until(names.length)));
    for (const events of lists) {
      expect(told(events)).toEqual(names.map((name) => ['granted', name]));
      expect(events).toEqual(lists[0]);
    }
    await cluster.node(leader).start();
    // Its replica has applied the log anew; what was before its start it may have forgotten.
    const back = await follow(leader, 'over', lists[0]?.at(-1)?.id);
    await locks.take('over-again', 'a');
    await eventually('the newest event comes', READY_DEADLINE_MS, () =>
      told(back.events).some(([, name]) => name === 'over-again') ? true : undefined,
    );
    expect(new Set(back.events.map(({ id }) => id)).size).toBe(back.events.length);
  });

  it('end when the node stops', async () => {
    const reader = await follow(WITHOUT_REPLICA, 'end');
    expect(await cluster.node(WITHOUT_REPLICA).stop()).toEqual({ code: 0, signal: null });
    await eventually('the stream is over', READY_DEADLINE_MS, () =>
      reader.isOver ? true : undefined,
    );
    await cluster.node(WITHOUT_REPLICA).start();
  });
});
