import { COORDINATION_VOTERS_MAX, type Candidate, type GroupMembers } from './candidate.js';

/**
 * Whether the candidates could go on without one more node: those that are left must be heard in
 * their majority. More than five are counted as the five that would vote, present voters before
 * living spares; where an even number is left, the larger majority counts, though one vote less will
 * be held.
 *
 * @param left the candidates without the one that is to go; nobody left can go on.
 */
export function canGoOn<Replica extends string>(
  left: readonly Candidate<Replica>[],
  { voters }: GroupMembers<Replica>,
): boolean {
  const holders = left.filter(({ replica }) => voters.includes(replica));
  const spares = left.filter(({ replica }) => !voters.includes(replica));
  const living = spares.filter(({ alive }) => alive);
  const dead = spares.filter(({ alive }) => !alive);
  const counted = [...holders, ...living, ...dead].slice(0, COORDINATION_VOTERS_MAX);
  return counted.filter(({ alive }) => alive).length * 2 > counted.length;
}
