import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from '../../support/eventually.js';
import { placeShards } from '../../../libs/cluster/src/placement/core/place-shards.js';
import { ShardNodes, type GroupSeen } from './shard-nodes.js';

const SHARDS = 8;
const ALL = 'locks,queues';
const NAMES = Array.from({ length: 24 }, (_, index) => `topic-${index}`);
const MOVE_DEADLINE_MS = 60_000;

describe('the shards of a cluster that grows and shrinks', () => {
  let nodes: ShardNodes;

  beforeAll(async () => {
    nodes = await ShardNodes.make({ SHARDS: String(SHARDS) });
    await nodes.found({ node1: ALL, node2: ALL, node3: ALL });
    await Promise.all(NAMES.map((name) => nodes.write('node1', name, 'before')));
  }, 60_000);

  afterAll(async () => {
    await nodes.close();
  }, 60_000);

  async function arrived(
    by: string,
    where: (shards: readonly GroupSeen[]) => boolean,
  ): Promise<void> {
    await eventually(`${by} sees the shards there`, MOVE_DEADLINE_MS, async () => {
      const shards = await nodes.shards(by);
      const settled = shards.every(({ changing, leader }) => !changing && leader !== null);
      return shards.length === SHARDS && settled && where(shards) ? true : undefined;
    });
  }

  const on = (shards: readonly GroupSeen[], name: string): number =>
    shards.filter(({ replicas }) => replicas.includes(name)).length;

  /** Writes through a node until told to end, everything at least twice. */
  async function writeOn(by: string, ended: () => boolean): Promise<void> {
    let count = 0;
    while (!ended() || count < 2 * NAMES.length) {
      await nodes.write(by, NAMES[count % NAMES.length] ?? '', `during ${count}`);
      count += 1;
      await sleep(2);
    }
  }

  it('go to a new member as far as they must, while they are served', async () => {
    const before = await nodes.shards();
    let ended = false;
    const writing = writeOn('node2', () => ended);
    await nodes.add('node4', ALL);
    await nodes.start('node4', ALL, ['node4', 'node1']);
    await nodes.untilReady('node4');
    const wanted = placedOn('node1', 'node2', 'node3', 'node4');
    await arrived('node1', (shards) => {
      return shards.every(({ replicas }, shard) => replicas.toSorted().join() === wanted[shard]);
    });
    ended = true;
    await writing;
    const after = await nodes.shards();
    // A quarter of all replicas, rounded up with the bound of 1.25.
    expect(on(after, 'node4')).toBeGreaterThanOrEqual(3);
    expect(on(after, 'node4')).toBeLessThanOrEqual(8);
    const moved = after.filter(({ replicas }, index) => {
      return replicas.some((name) => !before[index]?.replicas.includes(name));
    });
    expect(moved.length).toBe(on(after, 'node4'));
    const texts = await Promise.all(NAMES.map((name) => nodes.read('node4', name)));
    expect(texts.every((text) => String(text).startsWith('during'))).toBe(true);
  }, 120_000);

  it('leave a member that is removed, and only then is it let go', async () => {
    expect((await nodes.send('node4', 'DELETE', '/v1/cluster/members/node1')).status).toBe(202);
    await eventually('node1 is no member', MOVE_DEADLINE_MS, async () => {
      const { body } = await nodes.look('node4', '/v1/cluster');
      const { members } = body as { readonly members: readonly { readonly nodeId: string }[] };
      return members.some(({ nodeId }) => nodeId === 'node1') ? undefined : true;
    });
    // The leaders themselves: to others the news may be on its way.
    const shards = await nodes.ledShards(['node1', 'node2', 'node3', 'node4'], SHARDS);
    expect([on(shards, 'node1'), total(shards)]).toEqual([0, 3 * SHARDS]);
    await nodes.stop('node1');
    const texts = await Promise.all(NAMES.map((name) => nodes.read('node3', name)));
    expect(texts.every((text) => String(text).startsWith('during'))).toBe(true);
  }, 120_000);

  it('come back to a member that has lost its disk, as other replicas', async () => {
    await nodes.stop('node2');
    await nodes.wipe('node2');
    await nodes.start('node2', ALL, ['node2', 'node3']);
    await nodes.untilReady('node2');
    await arrived('node3', (shards) => on(shards, 'node2') === SHARDS);
    // The same names were there before: what counts is that the new disk votes.
    await eventually('its new replicas vote', MOVE_DEADLINE_MS, () => {
      return nodes.votesOf('node2').length === SHARDS ? true : undefined;
    });
    await nodes.stop('node4');
    const texts = await Promise.all(NAMES.map((name) => nodes.read('node2', name)));
    expect(texts.every((text) => String(text).startsWith('during'))).toBe(true);
  }, 120_000);
});

function total(shards: readonly GroupSeen[]): number {
  return shards.reduce((sum, { replicas }) => sum + replicas.length, 0);
}

/** Where the shards should be in the end, each as the names of its nodes in order. */
function placedOn(...names: readonly string[]): readonly string[] {
  const nodes = names.map((nodeId) => ({ nodeId, weight: 1 }));
  const input = { nodes, shards: SHARDS, replicationFactor: 3, family: 'registers' };
  return placeShards(input).map(({ nodeIds }) => nodeIds.toSorted().join());
}
