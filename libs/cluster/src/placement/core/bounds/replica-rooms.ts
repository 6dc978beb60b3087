import { invariant } from '@sinkron/invariant';

/**
 * How many replicas each node has room for still, while the shards choose one after the other.
 *
 * What a shard takes must leave room for those behind it on as many _different_ nodes as they need. With k
 * shards to come a node can take k more at most, so they have room if and only if
 * sum(min(room, k)) >= copies x k. The difference is what may be taken freely; a node with room for more than
 * k has more than they can use, and what is taken of that costs nothing.
 *
 * Invariant: sum(min(room, shardsLeft)) >= copies x shardsLeft.
 */
export class ReplicaRooms {
  readonly #rooms: number[];
  #shardsLeft: number;

  constructor(
    bounds: readonly number[],
    shards: number,
    readonly copies: number,
  ) {
    this.#rooms = [...bounds];
    this.#shardsLeft = shards;
    invariant(this.#spare(shards) >= 0, 'ReplicaRooms: there is room for all', { bounds, shards });
  }

  /**
   * Takes a place for the next shard on the first nodes that can give one.
   *
   * @param nodes all nodes, in the order in which the shard prefers them.
   */
  take(nodes: Iterable<number>): readonly number[] {
    invariant(this.#shardsLeft > 0, 'ReplicaRooms: a shard is left', {});
    this.#shardsLeft -= 1;
    let spare = this.#spare(this.#shardsLeft);
    const taken: number[] = [];
    if (this.copies === 0) return taken;
    for (const node of nodes) {
      const room = this.#rooms[node] ?? 0;
      const needed = room <= this.#shardsLeft;
      if (room === 0 || (needed && spare === 0)) continue;
      if (needed) spare -= 1;
      this.#rooms[node] = room - 1;
      taken.push(node);
      if (taken.length === this.copies) return taken;
    }
    invariant(false, 'ReplicaRooms: each shard finds its nodes', { taken, copies: this.copies });
  }

  /** Room that `shards` shards will not need. */
  #spare(shards: number): number {
    const usable = this.#rooms.reduce((sum, room) => sum + (room < shards ? room : shards), 0);
    return usable - this.copies * shards;
  }
}
