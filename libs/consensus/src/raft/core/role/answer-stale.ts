import { unreachable } from '@sinkron/invariant';
import type { ReplicaId, Term } from '../identifiers.js';
import type { Message } from '../message.js';

/** Tells a leader or candidate of an old term the present one, so that it steps down (Raft §5.1). */
export function answerStale(
  message: Message,
  header: {
    readonly from: ReplicaId;
    readonly to: ReplicaId;
    readonly term: Term;
    readonly wallMs: number;
  },
): Message | null {
  switch (message.kind) {
    case 'appendRequest':
    case 'heartbeatRequest':
    case 'snapshotRequest':
    case 'timeoutNowRequest':
      return { kind: 'heartbeatResponse', ...header, round: 0 };
    case 'preVoteRequest':
      return { kind: 'preVoteResponse', ...header, granted: false };
    case 'voteRequest':
      return { kind: 'voteResponse', ...header, granted: false };
    case 'preVoteResponse':
    case 'voteResponse':
    case 'appendResponse':
    case 'heartbeatResponse':
    case 'snapshotResponse':
      return null;
    default:
      return unreachable(message);
  }
}
