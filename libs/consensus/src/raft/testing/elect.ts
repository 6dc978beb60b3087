import { invariant } from '@sinkron/invariant';
import type { Message } from '../core/message.js';
import { preVoteResponse, voteResponse } from './messages.js';
import type { Replica } from './replica.js';

/** Lets the election timeout pass and grants the pre-vote: the replica is a candidate. */
export function makeCandidate(replica: Replica, voters: readonly string[] = ['2', '3']): void {
  for (let tick = 0; replica.raft.roleName === 'follower'; tick += 1) {
    invariant(tick < 40, 'makeCandidate: a timeout comes');
    replica.tick();
  }
  const campaign = replica.raft.term + 1;
  replica.settle();
  for (const from of voters) {
    if (replica.raft.roleName !== 'preCandidate') break;
    replica.receive(
      preVoteResponse({ from, to: replica.id, term: campaign, wallMs: replica.wallMs }),
    );
  }
}

/**
 * Makes the replica leader by its peers' votes, on clocks equal to its own.
 *
 * @returns the messages it sent as the leader; its first entry is handed to the disk, not flushed.
 */
export function makeLeader(
  replica: Replica,
  voters: readonly string[] = ['2', '3'],
): readonly Message[] {
  makeCandidate(replica, voters);
  replica.settle();
  const { term } = replica.raft;
  for (const from of voters) {
    if (replica.raft.roleName !== 'candidate') break;
    replica.receive(voteResponse({ from, to: replica.id, term, wallMs: replica.wallMs }));
  }
  invariant(replica.raft.roleName === 'leader', 'makeLeader: leads', { id: replica.id });
  return replica.messages();
}
