/** Voters of the coordination group at most: five outlive two lost nodes, more make writes slower. */
export const COORDINATION_VOTERS_MAX = 5;

/** The replicas of a group, as its configuration has them (Raft §6). */
export interface GroupMembers<Replica extends string> {
  readonly voters: readonly Replica[];
  /** Not empty in a joint configuration only. */
  readonly outgoingVoters: readonly Replica[];
  readonly learners: readonly Replica[];
}

/** A member that may hold a vote: it has the role locks and a disk, and is not leaving. */
export interface Candidate<Replica extends string> {
  readonly replica: Replica;
  /** Not dead, as far as the leader hears. */
  readonly alive: boolean;
  /** Dead for so long that a living spare is to take its vote. */
  readonly lost: boolean;
}

/** The largest odd number of `count` nodes, at most five: an even one outlives no more lost nodes. */
export function oddVoterCount(count: number): number {
  const odd = count % 2 === 0 ? count - 1 : count;
  return Math.max(0, Math.min(odd, COORDINATION_VOTERS_MAX));
}
