import type { decodeMessage } from '@sinkron/consensus';
import type { LogDisk } from '../../disk/log-disk.js';
import { expectPromise } from '../../world/violation.js';

type Message = ReturnType<typeof decodeMessage>['message'];

/** A replica promises to others only what its disk would still know after a crash (Raft Figure 2). */
export class SpokenPromises {
  sent(node: string, message: Message, disk: LogDisk): void {
    const { term, votedFor } = disk.durableHardState;
    // A pre-vote asks about a term that nobody has entered.
    if (message.kind === 'preVoteRequest' || message.kind === 'preVoteResponse') return;
    expectPromise(message.term <= term, 'a term is on the disk before it is spoken of', {
      node,
      kind: message.kind,
      spoken: message.term,
      durable: term,
    });
    if (message.kind === 'voteResponse' && message.granted && message.term === term) {
      expectPromise(votedFor === message.to, 'a vote is on the disk before it is given', {
        node,
        term,
        to: message.to,
        durable: votedFor,
      });
    }
    const matchIndex = acknowledgedBy(message);
    if (matchIndex !== null) {
      expectPromise(
        matchIndex <= disk.durableLastIndex,
        'entries are on the disk before they are acknowledged',
        { node, term: message.term, matchIndex, durable: disk.durableLastIndex },
      );
    }
  }
}

function acknowledgedBy(message: Message): number | null {
  if (message.kind === 'appendResponse' && message.outcome.accepted) {
    return message.outcome.matchIndex;
  }
  if (message.kind === 'snapshotResponse' && message.outcome.kind === 'held') {
    return message.outcome.matchIndex;
  }
  return null;
}
