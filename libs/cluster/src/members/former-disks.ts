import { nodeOf, replicaOf, type Configuration } from '@sinkron/consensus';
import { listedMember, type MembersList } from '../core/members/members-list.js';

/** Nodes that have come back with another disk, and whose former one has the vote still. */
export function formerDisksVoting(
  { voters }: Configuration,
  list: MembersList | null,
): readonly string[] {
  if (list === null) return [];
  return voters.flatMap((voter) => {
    const node = nodeOf(voter);
    const diskId = listedMember(list, node)?.diskId ?? null;
    return diskId === null || replicaOf(node, diskId) === voter ? [] : [node];
  });
}
