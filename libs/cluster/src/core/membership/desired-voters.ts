import { oddVoterCount, type Candidate, type GroupMembers } from './candidate.js';

/**
 * Who should vote: the largest odd number, at most five, of the candidates.
 *
 * Present voters stay, dead ones too: a vote moves only when its replica is no candidate's any more or
 * is lost, and a living spare is there. A dead spare cannot catch up: until it is back, a voter that is
 * to go keeps its place, so that nobody's failure makes the voters fewer than the candidates call for.
 *
 * @param candidates in the order of the list of members, which is that of preference.
 * @param self the leader, which goes last when there are too many.
 */
export function desiredVoters<Replica extends string>(
  candidates: readonly Candidate<Replica>[],
  members: GroupMembers<Replica>,
  self: Replica,
): readonly Replica[] {
  const known = new Set<string>(candidates.map(({ replica }) => replica));
  const former = members.voters.filter((voter) => !known.has(voter));
  const ranked = candidates
    .map((candidate) => ({ replica: candidate.replica, rank: rankOf(candidate, members, self) }))
    .concat(former.map((replica) => ({ replica, rank: Rank.former })))
    .filter(({ rank }) => rank !== Rank.deadSpare)
    // Stable: within a rank the order of the list decides.
    .toSorted((a, b) => a.rank - b.rank);
  const count = Math.min(oddVoterCount(candidates.length), oddVoterCount(ranked.length));
  return ranked.slice(0, count).map(({ replica }) => replica);
}

/** In the order in which candidates get votes. */
enum Rank {
  leader,
  livingVoter,
  /** It comes back, in all likelihood. */
  deadVoter,
  /** Begun with before; to go on with it is less work than to begin with another. */
  learner,
  spare,
  lostVoter,
  /** Of a node that leaves, or of a disk that is gone. */
  former,
  deadSpare,
}

function rankOf<Replica extends string>(
  { replica, alive, lost }: Candidate<Replica>,
  { voters, learners }: GroupMembers<Replica>,
  self: Replica,
): Rank {
  if (voters.includes(replica)) {
    if (replica === self) return Rank.leader;
    if (alive) return Rank.livingVoter;
    return lost ? Rank.lostVoter : Rank.deadVoter;
  }
  if (!alive) return Rank.deadSpare;
  return learners.includes(replica) ? Rank.learner : Rank.spare;
}
