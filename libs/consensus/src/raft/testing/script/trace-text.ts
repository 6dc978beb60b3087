import { unreachable } from '@sinkron/invariant';
import type { RaftWrite } from '../../core/durable-state.js';
import type { Entry } from '../../core/entry.js';
import { decodeConfiguration } from '../../core/membership/configuration-codec.js';
import type { Configuration } from '../../core/membership/configuration.js';
import type { Message } from '../../core/message.js';
import { entryName } from '../entries.js';

/** A message as traces show it, without sender and receiver. */
export function messageText(message: Message): string {
  const head = `${message.kind} term ${message.term}`;
  switch (message.kind) {
    case 'preVoteRequest':
      return `${head}, last ${message.lastLogIndex}@${message.lastLogTerm}`;
    case 'voteRequest': {
      const flag = message.transfer ? ', transfer' : '';
      return `${head}, last ${message.lastLogIndex}@${message.lastLogTerm}${flag}`;
    }
    case 'preVoteResponse':
    case 'voteResponse':
      return `${head}, ${message.granted ? 'granted' : 'refused'}`;
    case 'appendRequest': {
      const { prevLogIndex, prevLogTerm, entries, leaderCommit, round } = message;
      const prev = `prev ${prevLogIndex}@${prevLogTerm}`;
      return `${head}, ${prev}, ${entriesText(entries)}, commit ${leaderCommit}, round ${round}`;
    }
    case 'appendResponse': {
      const { outcome, round } = message;
      const answer = outcome.accepted
        ? `match ${outcome.matchIndex}`
        : `rejects ${outcome.rejectedIndex}, hint ${outcome.hintIndex}@${outcome.hintTerm}`;
      return `${head}, ${answer}, round ${round}`;
    }
    case 'heartbeatRequest':
      return `${head}, commit ${message.leaderCommit}, round ${message.round}`;
    case 'heartbeatResponse':
      return `${head}, round ${message.round}`;
    case 'snapshotRequest': {
      const { point, stream, sequence, done } = message;
      const part = `part ${stream}/${sequence}${done ? ', the last' : ''}`;
      return `${head}, to ${entryName(point)}, ${part}`;
    }
    case 'snapshotResponse': {
      const { stream, outcome } = message;
      const held = outcome.kind === 'held';
      const answer = held ? `match ${outcome.matchIndex}` : `wants ${stream}/${outcome.sequence}`;
      return `${head}, ${answer}`;
    }
    case 'timeoutNowRequest':
      return head;
    default:
      return unreachable(message);
  }
}

export function writeText(write: RaftWrite): string {
  const { hardState, truncateFrom, entries, compactThrough } = write;
  const parts: string[] = [];
  if (hardState !== null)
    parts.push(`term ${hardState.term}, vote ${hardState.votedFor ?? 'none'}`);
  if (truncateFrom !== null) parts.push(`delete from ${truncateFrom}`);
  if (entries.length > 0) parts.push(entriesText(entries));
  if (compactThrough !== null) parts.push(`compact through ${entryName(compactThrough)}`);
  return parts.join(', ');
}

export function entriesText(entries: readonly Entry[]): string {
  if (entries.length === 0) return 'no entries';
  return entries.map(entryText).join(' ');
}

export function membersText({ voters, outgoingVoters, learners }: Configuration): string {
  if (voters.length === 0) return 'no members';
  const outgoing = outgoingVoters.length === 0 ? '' : ` outgoing ${outgoingVoters.join(' ')}`;
  const learning = learners.length === 0 ? '' : ` learners ${learners.join(' ')}`;
  return `voters ${voters.join(' ')}${outgoing}${learning}`;
}

/** `index@term`, and the command or the members where there is one. */
export function entryText(entry: Entry): string {
  if (entry.kind === 'configuration') {
    return `${entryName(entry)}=(${membersText(decodeConfiguration(entry.data))})`;
  }
  const data = new TextDecoder().decode(entry.data);
  return data === '' ? entryName(entry) : `${entryName(entry)}=${data}`;
}
