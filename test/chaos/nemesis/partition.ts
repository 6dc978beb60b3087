export type PartitionShape =
  /** A minority and a majority that do not hear each other. */
  | 'halves'
  | 'leader-alone'
  | 'one-alone'
  /** Two halves, and one node that both hear. */
  | 'bridge'
  /** Each node hears its two neighbours only. Of three nodes it is a chain, of two a cut. */
  | 'ring'
  /** The leader is heard by all and hears nobody. */
  | 'leader-deaf'
  /** The leader hears all and is heard by nobody. */
  | 'leader-mute'
  /** What the minority sends does not reach the majority. */
  | 'one-way';

/** An ordered pair: what `from` sends does not reach `to`. */
export interface CutPair {
  readonly from: string;
  readonly to: string;
}

/**
 * The pairs that a partition cuts.
 *
 * @param nodes in the order in which they are chosen for the smaller side; the leader may be any.
 * @param leader who leads, or the first of the nodes when nobody does.
 */
export function cutPairs(
  shape: PartitionShape,
  nodes: readonly string[],
  leader: string,
): readonly CutPair[] {
  const others = nodes.filter((node) => node !== leader);
  const minority = nodes.slice(0, Math.max(1, Math.floor((nodes.length - 1) / 2)));
  const majority = nodes.filter((node) => !minority.includes(node));
  switch (shape) {
    case 'halves':
      return apart(minority, majority);
    case 'leader-alone':
      return apart([leader], others);
    case 'one-alone':
      return apart(nodes.slice(0, 1), nodes.slice(1));
    case 'bridge': {
      const [, ...rest] = nodes;
      const half = Math.ceil(rest.length / 2);
      return apart(rest.slice(0, half), rest.slice(half));
    }
    case 'ring':
      return ring(nodes);
    case 'leader-deaf':
      return oneWay(others, [leader]);
    case 'leader-mute':
      return oneWay([leader], others);
    case 'one-way':
      return oneWay(minority, majority);
  }
}

function oneWay(from: readonly string[], to: readonly string[]): readonly CutPair[] {
  return from.flatMap((sender) => to.map((receiver) => ({ from: sender, to: receiver })));
}

function apart(left: readonly string[], right: readonly string[]): readonly CutPair[] {
  return [...oneWay(left, right), ...oneWay(right, left)];
}

function ring(nodes: readonly string[]): readonly CutPair[] {
  const cut: CutPair[] = [];
  for (const [place, from] of nodes.entries()) {
    for (const [otherPlace, to] of nodes.entries()) {
      const distance = Math.abs(place - otherPlace);
      const closes = nodes.length > 3 && distance === nodes.length - 1;
      if (distance > 1 && !closes) cut.push({ from, to });
    }
  }
  return cut;
}
