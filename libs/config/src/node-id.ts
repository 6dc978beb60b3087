import { NODE_ID_LENGTH_MAX } from './limits.js';

/** The name of one node, unique in its cluster: 1 to 64 characters of a-z, 0-9 and `-`. */
export type NodeId = string & { readonly __brand: 'NodeId' };

const NODE_ID_PATTERN = /^[a-z0-9-]+$/;

/** Whether `value` may name a node. */
export function isNodeId(value: string): value is NodeId {
  return value.length <= NODE_ID_LENGTH_MAX && NODE_ID_PATTERN.test(value);
}

/**
 * Brands `value` as the name of a node.
 *
 * @throws RangeError when it is not 1 to 64 characters of a-z, 0-9 and `-`.
 */
export function nodeId(value: string): NodeId {
  if (isNodeId(value)) return value;
  throw new RangeError(
    `a node id is 1 to ${NODE_ID_LENGTH_MAX} characters of a-z, 0-9 and -, not ${JSON.stringify(value)}`,
  );
}
