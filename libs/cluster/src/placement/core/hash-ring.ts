import { invariant } from '@sinkron/invariant';
import { stableHash64 } from './hash/stable-hash.js';
import { NODE_WEIGHT_MAX, VIRTUAL_NODES } from './limits.js';

/** A node that may be given shards. */
export interface RingNode {
  readonly nodeId: string;
  /** Its capacity in nodes of weight 1: above 0, at most `NODE_WEIGHT_MAX`. */
  readonly weight: number;
}

/**
 * A circle of hashes on which each node has 150 points for a weight of 1. What is looked up has a point, too,
 * and belongs to the nodes that come next clockwise. A node that comes takes over the stretches before its own
 * points only, and a node that goes leaves its stretches to those behind; nothing moves among the others.
 *
 * It is a function of the nodes as a set: their order is of no account.
 *
 * Invariant: positions ascend; equal ones are in the order of the nodes' ids.
 */
export class HashRing {
  /** In ascending order of their ids. */
  readonly nodes: readonly RingNode[];
  readonly #positions: Float64Array;
  /** Index in `nodes` of the owner of each point. */
  readonly #owners: Uint16Array;

  constructor(nodes: Iterable<RingNode>) {
    this.nodes = [...nodes].toSorted((a, b) => (a.nodeId < b.nodeId ? -1 : 1));
    this.nodes.forEach(({ nodeId, weight }, index) => {
      invariant(nodeId !== this.nodes[index + 1]?.nodeId, 'HashRing: a node is there once', {
        nodeId,
      });
      invariant(weight > 0 && weight <= NODE_WEIGHT_MAX, 'HashRing: 0 < weight <= max', { weight });
    });
    // A stable sort: points at the same position keep the order of their nodes.
    const points = this.nodes
      .flatMap((node, owner) => pointsOf(node).map((position) => ({ position, owner })))
      .toSorted((a, b) => a.position - b.position);
    this.#positions = Float64Array.from(points, ({ position }) => position);
    this.#owners = Uint16Array.from(points, ({ owner }) => owner);
  }

  /** The indexes in `nodes` of all nodes, each once, in the order in which they come clockwise from the name's point. */
  *clockwiseFrom(name: string): Generator<number, void> {
    const start = this.#firstAtOrAfter(positionOf(name));
    const met = new Set<number>();
    for (let step = 0; met.size < this.nodes.length; step += 1) {
      const owner = this.#owners[(start + step) % this.#owners.length];
      invariant(owner !== undefined, 'HashRing: each node has a point', { step });
      if (met.has(owner)) continue;
      met.add(owner);
      yield owner;
    }
  }

  #firstAtOrAfter(position: number): number {
    let low = 0;
    let high = this.#positions.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#positions[middle] ?? Infinity) < position) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

function pointsOf({ nodeId, weight }: RingNode): readonly number[] {
  const count = Math.max(1, Math.round(VIRTUAL_NODES * weight));
  return Array.from({ length: count }, (_, index) => positionOf(`${nodeId}#${index}`));
}

/** The upper 53 bits of the hash: as many as a double holds exactly. */
function positionOf(name: string): number {
  const { high, low } = stableHash64(name);
  return high * 2 ** 21 + (low >>> 11);
}
