import type { MembersList } from '../../core/members/members-list.js';
import type { Holder } from './shard-family.js';

/**
 * The members that may hold the shards of a family, dead ones too: a function of what is committed, so that
 * all who know the same list agree.
 */
export function holdersIn(list: MembersList, role: string): readonly Holder[] {
  return list.members.flatMap(({ nodeId, diskId, roles, leaving }) =>
    diskId === null || leaving || !roles.includes(role) ? [] : [{ nodeId, diskId }],
  );
}
