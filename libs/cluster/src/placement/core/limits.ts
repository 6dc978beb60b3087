/** Points on the ring of a node of weight 1: shares of the ring then differ by some 8 %. */
export const VIRTUAL_NODES = 150;

/**
 * How far a node's load may be above its fair share, as a fraction (1.25): a lower bound makes a new node move
 * more replicas than those that it gets itself. Two integers, so that every machine rounds the same.
 */
export const LOAD_BOUND = { numerator: 5, denominator: 4 } as const;

/** The greatest weight of a node, in nodes of weight 1: 64 such nodes have 96,000 points on the ring. */
export const NODE_WEIGHT_MAX = 10;

/** Shards of a family, as many as `SHARDS` may be: placing them takes some 12 ms, of ten nodes. */
export const SHARDS_MAX = 4096;
