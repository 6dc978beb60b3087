import { invariant } from '@sinkron/invariant';
import { MEMBERS_MAX } from '../../limits.js';
import { isFoundable, type ShardFamily } from '../../shards/core/shard-family.js';
import { listedMember, sameRoles, type ListedMember, type MembersList } from './members-list.js';

/** How the list of members changes; a command of the coordination group. */
export type MembersCommand =
  /** The first list; later ones change nothing. */
  | { readonly kind: 'found'; readonly members: readonly ListedMember[] }
  /** The shards of a family begin with these replicas; later ones change nothing. */
  | { readonly kind: 'foundFamily'; readonly family: ShardFamily }
  /** A node may join, with whichever disk it comes. */
  | {
      readonly kind: 'add';
      readonly nodeId: string;
      readonly address: string;
      readonly roles: readonly string[];
    }
  /** The node came, or came back, with this disk. */
  | { readonly kind: 'disk'; readonly nodeId: string; readonly diskId: string }
  /** The node is to go, as soon as no group counts on it. */
  | { readonly kind: 'remove'; readonly nodeId: string }
  /** No group counts on the leaving node any more; seen by the list of that very version. */
  | { readonly kind: 'drop'; readonly nodeId: string; readonly version: number };

export type MembersRefusal =
  /** A member of this id has another address or other roles. */
  | 'differs'
  /** Another member has the address. */
  | 'addressTaken'
  /** The node is on its way out. */
  | 'leaving'
  /** No other member has the role locks. */
  | 'lastLocks'
  /** No other member may hold the shards of a family that the cluster has. */
  | 'lastHolder'
  /** A founder of a family is no member with that disk and the role, or is leaving. */
  | 'noHolder'
  | 'tooMany'
  /** There is no list yet. */
  | 'notFormed';

export type MembersResult =
  | { readonly kind: 'accepted' }
  | { readonly kind: 'refused'; readonly reason: MembersRefusal }
  | { readonly kind: 'notFound' };

export interface MembersChanged {
  /** The list after the command: the very same object when nothing changed. */
  readonly list: MembersList | null;
  readonly result: MembersResult;
}

const ACCEPTED: MembersResult = { kind: 'accepted' };
const NOT_FOUND: MembersResult = { kind: 'notFound' };

/** Applies a command; the same on every replica. Repeated, it answers the same where it can. */
export function applyMembersCommand(
  list: MembersList | null,
  command: MembersCommand,
): MembersChanged {
  if (list === null) {
    if (command.kind !== 'found') return refuse(list, 'notFormed');
    return { list: listOf(1, command.members, []), result: ACCEPTED };
  }
  switch (command.kind) {
    case 'found':
      return { list, result: ACCEPTED };
    case 'foundFamily':
      return foundFamily(list, command.family);
    case 'add':
      return add(list, command);
    case 'disk':
      return setDisk(list, command);
    case 'remove':
      return remove(list, command.nodeId);
    case 'drop':
      return drop(list, command);
  }
}

/** A founder that is no member could not be asked for its vote, or would be counted on for ever. */
function foundFamily(list: MembersList, family: ShardFamily): MembersChanged {
  const { families } = list;
  if (families.some(({ name }) => name === family.name)) return { list, result: ACCEPTED };
  const holds = family.founders.every(({ nodeId, diskId }) => {
    const member = listedMember(list, nodeId);
    return member?.diskId === diskId && !member.leaving && member.roles.includes(family.role);
  });
  if (!holds || !isFoundable(family)) return refuse(list, 'noHolder');
  return { list: listOf(list.version + 1, list.members, [...families, family]), result: ACCEPTED };
}

function add(list: MembersList, command: MembersCommand & { kind: 'add' }): MembersChanged {
  const { nodeId, address, roles } = command;
  const member = listedMember(list, nodeId);
  if (member !== undefined) {
    if (member.leaving) return refuse(list, 'leaving');
    const same = member.address === address && sameRoles(member.roles, roles);
    return same ? { list, result: ACCEPTED } : refuse(list, 'differs');
  }
  if (list.members.some((other) => other.address === address)) return refuse(list, 'addressTaken');
  if (list.members.length >= MEMBERS_MAX) return refuse(list, 'tooMany');
  const added: ListedMember = { nodeId, address, roles, diskId: null, leaving: false };
  return accept(list, [...list.members, added]);
}

function setDisk(list: MembersList, command: MembersCommand & { kind: 'disk' }): MembersChanged {
  const { nodeId, diskId } = command;
  const member = listedMember(list, nodeId);
  if (member === undefined) return { list, result: NOT_FOUND };
  if (member.leaving) return refuse(list, 'leaving');
  if (member.diskId === diskId) return { list, result: ACCEPTED };
  return accept(list, replaced(list, { ...member, diskId }));
}

function remove(list: MembersList, nodeId: string): MembersChanged {
  const member = listedMember(list, nodeId);
  if (member === undefined) return { list, result: NOT_FOUND };
  if (member.leaving) return { list, result: ACCEPTED };
  // It never came: no group can have a replica of it.
  if (member.diskId === null) return accept(list, without(list, nodeId));
  const others = without(list, nodeId).filter(({ diskId, leaving }) => diskId !== null && !leaving);
  const isLast = (role: string): boolean =>
    member.roles.includes(role) && !others.some(({ roles }) => roles.includes(role));
  if (isLast('locks')) return refuse(list, 'lastLocks');
  if (list.families.some(({ role }) => isLast(role))) return refuse(list, 'lastHolder');
  return accept(list, replaced(list, { ...member, leaving: true }));
}

function drop(list: MembersList, command: MembersCommand & { kind: 'drop' }): MembersChanged {
  const { nodeId, version } = command;
  const member = listedMember(list, nodeId);
  // Dropped before, and maybe added anew since, with a vote, and leaving again: an old copy of the command
  // takes nobody with it. Who is not dropped yet because something else has changed is dropped next time.
  if (member?.leaving !== true || list.version !== version) return { list, result: NOT_FOUND };
  return accept(list, without(list, nodeId));
}

function without(list: MembersList, nodeId: string): readonly ListedMember[] {
  return list.members.filter((member) => member.nodeId !== nodeId);
}

function replaced(list: MembersList, changed: ListedMember): readonly ListedMember[] {
  return [...without(list, changed.nodeId), changed];
}

function accept(list: MembersList, members: readonly ListedMember[]): MembersChanged {
  return { list: listOf(list.version + 1, members, list.families), result: ACCEPTED };
}

function refuse(list: MembersList | null, reason: MembersRefusal): MembersChanged {
  return { list, result: { kind: 'refused', reason } };
}

function listOf(
  version: number,
  members: readonly ListedMember[],
  families: readonly ShardFamily[],
): MembersList {
  const sorted = members.toSorted((a, b) => (a.nodeId < b.nodeId ? -1 : 1));
  const differ = (of: (member: ListedMember) => string): boolean =>
    new Set(sorted.map(of)).size === sorted.length;
  invariant(
    differ(({ nodeId }) => nodeId),
    'MembersList: node ids differ',
    { version },
  );
  return { version, members: sorted, families };
}
