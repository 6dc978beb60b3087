import type { ShardFamily } from '../../shards/core/shard-family.js';

/** One member of the cluster as the coordination group has committed it. */
export interface ListedMember {
  readonly nodeId: string;
  /** `host:port` where its peers reach it. */
  readonly address: string;
  /** What it is for, in the order in which it was added with. */
  readonly roles: readonly string[];
  /** Its disk; null until the node has come with one. Another disk is another replica. */
  readonly diskId: string | null;
  /** Its removal is committed, and goes on until no group has a replica of it. */
  readonly leaving: boolean;
}

/**
 * The members of the cluster, and who founded its shards, replicated and versioned: what every node goes by
 * once there is one.
 *
 * Invariant: a later version comes from the one before it by one command; node ids and addresses are
 * there once; members are sorted by node id; a family of shards is founded once and never changes.
 */
export interface MembersList {
  readonly version: number;
  readonly members: readonly ListedMember[];
  readonly families: readonly ShardFamily[];
}

export function listedMember(list: MembersList, nodeId: string): ListedMember | undefined {
  return list.members.find((member) => member.nodeId === nodeId);
}

/** Whether the node with this disk takes part: it is listed with it, and not on its way out. */
export function takesPart(list: MembersList, nodeId: string, diskId: string): boolean {
  const member = listedMember(list, nodeId);
  return member?.diskId === diskId;
}

/**
 * Whether the node is listed with another disk than this. Then a group may count on this one still: the
 * vote goes over later, and only when the other one has learned.
 */
export function listedWithOtherDisk(list: MembersList, nodeId: string, diskId: string): boolean {
  const listed = listedMember(list, nodeId)?.diskId ?? null;
  return listed !== null && listed !== diskId;
}

/** Whether two lists of roles are the same set. */
export function sameRoles(left: readonly string[], right: readonly string[]): boolean {
  return left.toSorted().join() === right.toSorted().join();
}
