import type { Entry } from '../core/entry.js';
import { logIndex, replicaId, term } from '../core/identifiers.js';
import type {
  AppendRequest,
  AppendResponse,
  HeartbeatRequest,
  HeartbeatResponse,
  PreVoteRequest,
  PreVoteResponse,
  SnapshotOutcome,
  SnapshotRequest,
  SnapshotResponse,
  TimeoutNowRequest,
  VoteRequest,
  VoteResponse,
} from '../core/message.js';
import { START_WALL_MS } from './replica.js';

interface Head {
  readonly from?: string;
  readonly to?: string;
  readonly term?: number;
}

interface AnswerHead extends Head {
  readonly wallMs?: number;
}

/** A message to replica 1 from replica 2 in term 1, unless told otherwise. */
function header(head: Head) {
  return {
    from: replicaId(head.from ?? '2'),
    to: replicaId(head.to ?? '1'),
    term: term(head.term ?? 1),
  };
}

function answerHeader(head: AnswerHead) {
  return { ...header(head), wallMs: head.wallMs ?? START_WALL_MS };
}

interface CandidateLog extends Head {
  /** [index, term] of the candidate's last entry. */
  readonly last?: readonly [number, number];
}

export function preVoteRequest(given: CandidateLog = {}): PreVoteRequest {
  const [index, lastTerm] = given.last ?? [0, 0];
  const log = { lastLogIndex: logIndex(index), lastLogTerm: term(lastTerm) };
  return { kind: 'preVoteRequest', ...header(given), ...log };
}

export function voteRequest(
  given: CandidateLog & { readonly transfer?: boolean } = {},
): VoteRequest {
  const [index, lastTerm] = given.last ?? [0, 0];
  const log = { lastLogIndex: logIndex(index), lastLogTerm: term(lastTerm) };
  return { kind: 'voteRequest', ...header(given), ...log, transfer: given.transfer ?? false };
}

interface Vote extends AnswerHead {
  readonly granted?: boolean;
}

export function preVoteResponse(given: Vote = {}): PreVoteResponse {
  return { kind: 'preVoteResponse', ...answerHeader(given), granted: given.granted ?? true };
}

export function voteResponse(given: Vote = {}): VoteResponse {
  return { kind: 'voteResponse', ...answerHeader(given), granted: given.granted ?? true };
}

export function appendRequest(
  given: Head & {
    /** [index, term] of the entry just before `entries`. */
    readonly prev?: readonly [number, number];
    readonly entries?: readonly Entry[];
    readonly commit?: number;
    readonly round?: number;
  } = {},
): AppendRequest {
  const [prevLogIndex, prevLogTerm] = given.prev ?? [0, 0];
  return {
    kind: 'appendRequest',
    ...header(given),
    prevLogIndex: logIndex(prevLogIndex),
    prevLogTerm: term(prevLogTerm),
    entries: given.entries ?? [],
    leaderCommit: logIndex(given.commit ?? 0),
    round: given.round ?? 1,
  };
}

export function accepted(
  matchIndex: number,
  given: AnswerHead & { readonly round?: number } = {},
): AppendResponse {
  const outcome = { accepted: true, matchIndex: logIndex(matchIndex) } as const;
  return { kind: 'appendResponse', ...answerHeader(given), round: given.round ?? 1, outcome };
}

export function rejected(
  rejectedIndex: number,
  hint: readonly [number, number],
  given: AnswerHead & { readonly round?: number } = {},
): AppendResponse {
  const outcome = {
    accepted: false,
    rejectedIndex: logIndex(rejectedIndex),
    hintIndex: logIndex(hint[0]),
    hintTerm: term(hint[1]),
  } as const;
  return { kind: 'appendResponse', ...answerHeader(given), round: given.round ?? 1, outcome };
}

export function heartbeatRequest(
  given: Head & { readonly round?: number; readonly commit?: number } = {},
): HeartbeatRequest {
  const leaderCommit = logIndex(given.commit ?? 0);
  return { kind: 'heartbeatRequest', ...header(given), round: given.round ?? 1, leaderCommit };
}

export function heartbeatResponse(
  given: AnswerHead & { readonly round?: number } = {},
): HeartbeatResponse {
  return { kind: 'heartbeatResponse', ...answerHeader(given), round: given.round ?? 1 };
}

export function snapshotRequest(
  given: Head & {
    /** [index, term] of the last entry that the snapshot includes. */
    readonly point: readonly [number, number];
    readonly timeMs?: number;
    readonly stream?: number;
    readonly sequence?: number;
    readonly data?: string;
    readonly done?: boolean;
  },
): SnapshotRequest {
  const [index, pointTerm] = given.point;
  return {
    kind: 'snapshotRequest',
    ...header(given),
    point: { index: logIndex(index), term: term(pointTerm), timeMs: given.timeMs ?? 0 },
    stream: given.stream ?? 1,
    sequence: given.sequence ?? 0,
    data: new TextEncoder().encode(given.data ?? 'part'),
    done: given.done ?? false,
  };
}

export function snapshotResponse(
  outcome: { readonly held: number } | { readonly wants: number },
  given: AnswerHead & { readonly stream?: number } = {},
): SnapshotResponse {
  const told: SnapshotOutcome =
    'held' in outcome
      ? { kind: 'held', matchIndex: logIndex(outcome.held) }
      : { kind: 'wants', sequence: outcome.wants };
  const stream = given.stream ?? 1;
  return { kind: 'snapshotResponse', ...answerHeader(given), stream, outcome: told };
}

export function timeoutNowRequest(given: Head = {}): TimeoutNowRequest {
  return { kind: 'timeoutNowRequest', ...header(given) };
}
