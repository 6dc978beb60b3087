import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Word64 } from './hash/word-64.js';
import { placeShards, type ShardPlacement } from './place-shards.js';

/** Each name once: the same points come again in each of some thousand rings, and are what takes the time. */
jest.mock('./hash/stable-hash.js', () => {
  const actual: { readonly stableHash64: (text: string) => Word64 } =
    jest.requireActual('./hash/stable-hash.js');
  const known = new Map<string, Word64>();
  return {
    stableHash64: (text: string): Word64 => {
      const hash = known.get(text) ?? actual.stableHash64(text);
      known.set(text, hash);
      return hash;
    },
  };
});

const COPIES = 3;
/** Some seconds on a machine with nothing else to do, ms. */
const MEASURING_TIMEOUT_MS = 120_000;
const NODES = [3, 4, 5, 10] as const;

/** Shards, random memberships, and how far their mean may be from 1 / (nodes + 1), relative to it. */
const CASES = [
  { shards: 8, memberships: 200, tolerance: null },
  { shards: 64, memberships: 200, tolerance: 0.35 },
  { shards: 256, memberships: 200, tolerance: 0.1 },
  // Fewer, since these take long; and the more shards, the less is left to chance.
  { shards: 1024, memberships: 50, tolerance: 0.1 },
  { shards: 4096, memberships: 20, tolerance: 0.1 },
] as const;

/** A join, and the same backwards a leave: what is on a node afterwards is as much as what is not any more. */
interface Join {
  /** Nodes before. */
  readonly nodes: number;
  /** Of all replicas (of all shards), how many are on a node (led by a node) that had (led) them not: 0 to 1. */
  readonly replicasMoved: number;
  readonly leadersMoved: number;
  /** Of all replicas, how many moved from a node to another one that was there before. */
  readonly othersMoved: number;
  /** The greatest number on a node before the each. */
  readonly replicasMost: number;
  readonly leadersMost: number;
}

/** The memberships: `node1` … `node11`, `node12` … `node22`, and so on; of each the first nodes. */
function joins(shards: number, memberships: number): readonly Join[] {
  return Array.from({ length: memberships }, (_, membership) => {
    const placements = new Map(
      [3, 4, 5, 6, 10, 11].map((count) => [count, placed(membership * 11, count, shards)]),
    );
    return NODES.map((count) =>
      compared(placements.get(count) ?? [], placements.get(count + 1) ?? [], {
        nodes: count,
        newcomer: nameOf(membership * 11 + count),
      }),
    );
  }).flat();
}

const nameOf = (index: number): string => `node${index + 1}`;

function placed(offset: number, count: number, shards: number): readonly ShardPlacement[] {
  const nodes = Array.from({ length: count }, (_, index) => ({
    nodeId: nameOf(offset + index),
    weight: 1,
  }));
  return placeShards({ nodes, shards, replicationFactor: COPIES, family: 'queues' });
}

function compared(
  before: readonly ShardPlacement[],
  after: readonly ShardPlacement[],
  { nodes, newcomer }: { readonly nodes: number; readonly newcomer: string },
): Join {
  let replicas = 0;
  let others = 0;
  let leaders = 0;
  before.forEach(({ nodeIds }, shard) => {
    const next = after[shard]?.nodeIds ?? [];
    const moved = next.filter((nodeId) => !nodeIds.includes(nodeId));
    replicas += moved.length;
    others += moved.filter((nodeId) => nodeId !== newcomer).length;
    leaders += nodeIds[0] === next[0] ? 0 : 1;
  });
  return {
    nodes,
    replicasMoved: replicas / (before.length * COPIES),
    othersMoved: others / (before.length * COPIES),
    leadersMoved: leaders / before.length,
    replicasMost: greatestLoad(before.flatMap(({ nodeIds }) => nodeIds)),
    leadersMost: greatestLoad(before.flatMap(({ nodeIds }) => nodeIds.slice(0, 1))),
  };
}

function greatestLoad(nodeIds: readonly string[]): number {
  const loads = new Map<string, number>();
  for (const nodeId of nodeIds) loads.set(nodeId, (loads.get(nodeId) ?? 0) + 1);
  return Math.max(...loads.values());
}

function mean(numbers: readonly number[]): number {
  return numbers.reduce((sum, each) => sum + each, 0) / numbers.length;
}

/** The row for so many shards of the table with this title (its first cell) in docs/sharding.md. */
function documented(title: string, shards: number): readonly string[] {
  const page = readFileSync(join(__dirname, '../../../../../docs/sharding.md'), 'utf8');
  const [table = ''] = page.slice(page.indexOf(`| ${title} `)).split('\n\n');
  const rows = table.split('\n').map((row) =>
    row
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
  return rows.find(([first]) => first === String(shards))?.slice(1) ?? [];
}

describe.each(CASES)(
  '$memberships memberships, $shards shards',
  ({ shards, memberships, tolerance }) => {
    let measured: readonly Join[] = [];
    const of = (nodes: number): readonly Join[] => measured.filter((each) => each.nodes === nodes);

    beforeAll(() => {
      measured = joins(shards, memberships);
    }, MEASURING_TIMEOUT_MS);

    it('no node has more than ceil(1.25 x mean) replicas, nor preferred leaders', () => {
      for (const each of measured) {
        expect(each.replicasMost).toBeLessThanOrEqual(
          Math.ceil((5 * shards * COPIES) / (4 * each.nodes)),
        );
        expect(each.leadersMost).toBeLessThanOrEqual(Math.ceil((5 * shards) / (4 * each.nodes)));
      }
    });

    it('a node that joins moves close to its own share of the replicas', () => {
      for (const nodes of NODES) {
        const relative = mean(of(nodes).map((each) => each.replicasMoved)) * (nodes + 1);
        expect(Math.abs(relative - 1)).toBeLessThanOrEqual(tolerance ?? Infinity);
      }
    });

    it('the figures are those of docs/sharding.md', () => {
      const moved = (part: (join: Join) => number): readonly string[] =>
        NODES.map((nodes) => `${(mean(of(nodes).map(part)) * 100).toFixed(1)} %`);
      const most = (part: (join: Join) => number, loads: number): readonly string[] =>
        NODES.map((nodes) => ((Math.max(...of(nodes).map(part)) * nodes) / loads).toFixed(2));
      expect({
        replicasMoved: documented('replicas moved', shards),
        othersMoved: documented('of these, among the others', shards),
        leadersMoved: documented('leaders moved', shards),
        replicasMost: documented('most replicas', shards),
        leadersMost: documented('most leaders', shards),
      }).toEqual({
        replicasMoved: moved((each) => each.replicasMoved),
        othersMoved: moved((each) => each.othersMoved),
        leadersMoved: moved((each) => each.leadersMoved),
        replicasMost: most((each) => each.replicasMost, shards * COPIES),
        leadersMost: most((each) => each.leadersMost, shards),
      });
    });
  },
);
