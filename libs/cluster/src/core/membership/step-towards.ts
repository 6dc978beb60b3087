import type { GroupMembers } from './candidate.js';

/** What the group's replicas are to be next. */
export interface Change<Replica extends string> {
  readonly voters: readonly Replica[];
  readonly learners: readonly Replica[];
}

/** The group as its leader sees it. */
export interface GroupSituation<Replica extends string> {
  /** The effective configuration. */
  readonly members: GroupMembers<Replica>;
  /** The leader's own replica. */
  readonly self: Replica;
  /** Replicas that answered the leader lately, itself included. */
  readonly heard: ReadonlySet<Replica>;
  /** Learners whose log is nearly the leader's. */
  readonly caughtUp: ReadonlySet<Replica>;
}

/** Where the replicas are to get to. */
export interface Goal<Replica extends string> {
  readonly voters: readonly Replica[];
  /** Whether a replica is on a dead node, for which no other waits. */
  isDead(replica: Replica): boolean;
}

/**
 * The next step from the present replicas to the desired ones; null when there is none to take now.
 *
 * One replica at a time: it becomes learner, and voter when it has caught up, in the place of one
 * that goes if there is one. Where the number of voters grows by two, the first waits until the
 * second has caught up too, so that an even number of voters passes quickly; it does not wait for a dead
 * one: better two disks have the data than one. No step leads to voters of which the leader does not hear a majority.
 */
export function stepTowards<Replica extends string>(
  goal: Goal<Replica>,
  situation: GroupSituation<Replica>,
): Change<Replica> | null {
  const { voters, outgoingVoters, learners } = situation.members;
  const desired = goal.voters;
  if (outgoingVoters.length > 0) return null;
  // Nobody could take the votes over: better the present voters than none.
  if (desired.length === 0) return null;
  const coming = desired.filter((replica) => !voters.includes(replica));
  const going = inOrderOfGoing(
    situation,
    voters.filter((replica) => !desired.includes(replica)),
  );
  const stray = learners.find((learner) => !coming.includes(learner));
  if (stray !== undefined) return { voters, learners: without(learners, stray) };
  const missing = coming.find((replica) => !learners.includes(replica));
  if (missing !== undefined) return { voters, learners: [...learners, missing] };
  const awaited = coming.filter((replica) => !goal.isDead(replica));
  const change = moveVote(situation, { coming, awaited, going: going[0] });
  return change !== null && hearsMajority(situation, change.voters) ? change : null;
}

interface Votes<Replica extends string> {
  readonly coming: readonly Replica[];
  /** Those of the coming whose nodes live. */
  readonly awaited: readonly Replica[];
  readonly going: Replica | undefined;
}

function moveVote<Replica extends string>(
  { members, heard, caughtUp }: GroupSituation<Replica>,
  { coming, awaited, going }: Votes<Replica>,
): Change<Replica> | null {
  const { voters, learners } = members;
  const staying = going === undefined ? voters : without(voters, going);
  if (coming.length === 0) return going === undefined ? null : { voters: staying, learners };
  const ready = coming.filter((replica) => caughtUp.has(replica) && heard.has(replica));
  const [first] = ready;
  if (first === undefined) return null;
  // In another's place one is enough; to grow, all that are missing and can come.
  if (going === undefined && !awaited.every((replica) => ready.includes(replica))) return null;
  return { voters: [...staying, first], learners: without(learners, first) };
}

/** The silent first, since they only count against a majority; the leader last. */
function inOrderOfGoing<Replica extends string>(
  { heard, self }: GroupSituation<Replica>,
  replicas: readonly Replica[],
): readonly Replica[] {
  const order = (replica: Replica): number => {
    if (replica === self) return 2;
    return heard.has(replica) ? 1 : 0;
  };
  return replicas.toSorted((a, b) => order(a) - order(b));
}

function hearsMajority<Replica extends string>(
  { heard }: GroupSituation<Replica>,
  voters: readonly Replica[],
): boolean {
  return voters.filter((voter) => heard.has(voter)).length * 2 > voters.length;
}

function without<Replica extends string>(
  replicas: readonly Replica[],
  gone: Replica,
): readonly Replica[] {
  return replicas.filter((replica) => replica !== gone);
}
