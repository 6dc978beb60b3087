import type { Prng } from '../random/prng.js';

export type PartitionKind =
  | 'halves'
  | 'isolatedNode'
  | 'isolatedLeader'
  | 'oneWay'
  | 'bridge'
  /** Everybody reaches a majority, and no two the same one. */
  | 'ring';

export const PARTITION_KINDS: readonly PartitionKind[] = [
  'halves',
  'isolatedNode',
  'isolatedLeader',
  'oneWay',
  'bridge',
  'ring',
];

/** A path that delivers nothing, as `from>to`. */
export type BlockedPath = `${string}>${string}`;

/**
 * The paths that a partition blocks.
 *
 * @param leader the present leader, null when nobody knows; then some node is isolated instead.
 */
export function partitionPaths(
  kind: PartitionKind,
  nodes: readonly string[],
  leader: string | null,
  random: Prng,
): ReadonlySet<BlockedPath> {
  switch (kind) {
    case 'halves': {
      const half = random.sample(nodes, Math.max(1, nodes.length >> 1));
      return blockedBetween(half, without(nodes, half), 'both');
    }
    case 'isolatedNode': {
      const lonely = [random.pick(nodes)];
      return blockedBetween(lonely, without(nodes, lonely), 'both');
    }
    case 'isolatedLeader': {
      const lonely = [leader ?? random.pick(nodes)];
      return blockedBetween(lonely, without(nodes, lonely), 'both');
    }
    case 'oneWay': {
      const side = random.permille(500) && leader !== null ? [leader] : random.sample(nodes, 1);
      const others = without(nodes, side);
      return random.permille(500)
        ? blockedBetween(side, others, 'there')
        : blockedBetween(others, side, 'there');
    }
    case 'bridge': {
      const bridge = random.pick(without(nodes, leader === null ? [] : [leader]));
      return bridgedHalves(bridge, nodes, random);
    }
    case 'ring':
      return ringed(random.sample(nodes, nodes.length));
  }
}

/** Each node reaches its nearest neighbours to either side: as few as make a majority with it. */
function ringed(ring: readonly string[]): ReadonlySet<BlockedPath> {
  const { length } = ring;
  const reach = Math.ceil(Math.floor(length / 2) / 2);
  const blocked = new Set<BlockedPath>();
  ring.forEach((from, left) => {
    ring.forEach((to, right) => {
      const apart = Math.abs(left - right);
      if (Math.min(apart, length - apart) > reach) blocked.add(`${from}>${to}`);
    });
  });
  return blocked;
}

/** Two halves that only one node still joins. */
export function bridgedHalves(
  bridge: string,
  nodes: readonly string[],
  random: Prng,
): ReadonlySet<BlockedPath> {
  const rest = without(nodes, [bridge]);
  const half = random.sample(rest, Math.max(1, rest.length >> 1));
  return blockedBetween(half, without(rest, half), 'both');
}

function without(nodes: readonly string[], excluded: readonly string[]): readonly string[] {
  return nodes.filter((node) => !excluded.includes(node));
}

function blockedBetween(
  left: readonly string[],
  right: readonly string[],
  direction: 'both' | 'there',
): ReadonlySet<BlockedPath> {
  const blocked = new Set<BlockedPath>();
  for (const from of left) {
    for (const to of right) {
      blocked.add(`${from}>${to}`);
      if (direction === 'both') blocked.add(`${to}>${from}`);
    }
  }
  return blocked;
}
