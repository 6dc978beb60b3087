import type { Configuration, decodeMessage, ReplicaId } from '@sinkron/consensus';
import { expectPromise } from '../../world/violation.js';

type Message = ReturnType<typeof decodeMessage>['message'];

/** Who leads was elected by a majority, while members change by one of either half (Raft §6). */
export class ElectionQuorum {
  /** Voters by `term candidate`. */
  private readonly votes = new Map<string, Set<ReplicaId>>();

  sent(message: Message): void {
    if (message.kind !== 'voteResponse' || !message.granted) return;
    const key = `${message.term} ${message.to}`;
    const votes = this.votes.get(key) ?? new Set();
    this.votes.set(key, votes.add(message.from));
  }

  /** @param members those under which it was elected. */
  leads(term: number, leader: ReplicaId, members: Configuration): void {
    const votes = this.votes.get(`${term} ${leader}`);
    for (const half of [members.voters, members.outgoingVoters]) {
      const given = half.filter((id) => id === leader || votes?.has(id) === true);
      expectPromise(
        half.length === 0 || 2 * given.length > half.length,
        'a leader has the votes of a majority',
        { term, leader, given, half },
      );
    }
  }
}
