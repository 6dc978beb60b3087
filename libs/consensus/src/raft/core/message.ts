import type { Entry } from './entry.js';
import type { LogIndex, ReplicaId, Term } from './identifiers.js';
import type { LogPoint } from './log/log-point.js';

interface Header {
  readonly from: ReplicaId;
  readonly to: ReplicaId;
  /** The sender's term; in `preVoteRequest` the term it would campaign in (Raft thesis §9.6). */
  readonly term: Term;
}

/** Wall clock of the sender, for log time (see `LogClock`). Every response carries it. */
interface Response extends Header {
  readonly wallMs: number;
}

export interface PreVoteRequest extends Header {
  readonly kind: 'preVoteRequest';
  readonly lastLogIndex: LogIndex;
  readonly lastLogTerm: Term;
}

/** A granted response carries the term asked for, a refusal the term of the one that refuses. */
export interface PreVoteResponse extends Response {
  readonly kind: 'preVoteResponse';
  readonly granted: boolean;
}

export interface VoteRequest extends Header {
  readonly kind: 'voteRequest';
  /**
   * The leader of the term before asked for this campaign and gave up its lease for it: who still
   * hears that leader may vote (Raft thesis §3.10).
   */
  readonly transfer: boolean;
  readonly lastLogIndex: LogIndex;
  readonly lastLogTerm: Term;
}

export interface VoteResponse extends Response {
  readonly kind: 'voteResponse';
  readonly granted: boolean;
}

export interface AppendRequest extends Header {
  readonly kind: 'appendRequest';
  readonly prevLogIndex: LogIndex;
  readonly prevLogTerm: Term;
  readonly entries: readonly Entry[];
  readonly leaderCommit: LogIndex;
  /** The leader's latest heartbeat round when it sent this (see `LeaderLease`). */
  readonly round: number;
}

export interface AppendResponse extends Response {
  readonly kind: 'appendResponse';
  readonly round: number;
  readonly outcome: AppendOutcome;
}

export type AppendOutcome =
  | { readonly accepted: true; readonly matchIndex: LogIndex }
  | {
      readonly accepted: false;
      /** The `prevLogIndex` that did not match. */
      readonly rejectedIndex: LogIndex;
      /** Where the follower's log may match: its last index with a term of at most prevLogTerm. */
      readonly hintIndex: LogIndex;
      readonly hintTerm: Term;
    };

export interface HeartbeatRequest extends Header {
  readonly kind: 'heartbeatRequest';
  readonly round: number;
  /** At most what the follower is known to match, so that it never commits what it lacks. */
  readonly leaderCommit: LogIndex;
}

export interface HeartbeatResponse extends Response {
  readonly kind: 'heartbeatResponse';
  readonly round: number;
}

/** One part of a snapshot (InstallSnapshot, Raft Figure 13). */
export interface SnapshotRequest extends Header {
  readonly kind: 'snapshotRequest';
  /** The last entry that the snapshot includes. */
  readonly point: LogPoint;
  /** Numbers the leader's attempts in its term: parts of two attempts never mix. */
  readonly stream: number;
  /** Place of the part in its stream, from 0 on. */
  readonly sequence: number;
  readonly data: Uint8Array;
  /** Whether this is the last part. */
  readonly done: boolean;
}

export interface SnapshotResponse extends Response {
  readonly kind: 'snapshotResponse';
  readonly stream: number;
  readonly outcome: SnapshotOutcome;
}

export type SnapshotOutcome =
  /** The follower holds everything up to `matchIndex`, by this snapshot or without it. */
  | { readonly kind: 'held'; readonly matchIndex: LogIndex }
  /** All parts before `sequence` are staged. */
  | { readonly kind: 'wants'; readonly sequence: number };

/** Asks the receiver to campaign at once, without a pre-vote (Raft thesis §3.10, TimeoutNow). */
export interface TimeoutNowRequest extends Header {
  readonly kind: 'timeoutNowRequest';
}

export type Message =
  | PreVoteRequest
  | PreVoteResponse
  | VoteRequest
  | VoteResponse
  | AppendRequest
  | AppendResponse
  | HeartbeatRequest
  | HeartbeatResponse
  | SnapshotRequest
  | SnapshotResponse
  | TimeoutNowRequest;
