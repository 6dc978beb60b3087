import { isNodeId } from '@sinkron/config';
import { invariant } from '@sinkron/invariant';
import { replicaId, type ReplicaId } from '../core/identifiers.js';

/**
 * A replica is a node together with the identity of its disk: a node that comes back with an
 * empty disk under its old name is another replica, and no longer that voter.
 */
export function replicaOf(nodeId: string, diskId: string): ReplicaId {
  return replicaId(`${nodeId}/${diskId}`);
}

/** Whether `name` is one that `replicaOf` has made of the id of some node. */
export function isReplica(name: string): boolean {
  const separator = name.indexOf('/');
  return separator > 0 && isNodeId(name.slice(0, separator));
}

export function nodeOf(replica: ReplicaId): string {
  const separator = replica.indexOf('/');
  invariant(separator > 0, 'ReplicaId: names a node and a disk', { replica });
  return replica.slice(0, separator);
}
