import type { LogIndex, Term } from '../raft/core/identifiers.js';
import type { Instant } from '../raft/core/instant.js';
import type { IdempotencyScope, ProposerId } from './command.js';
import type { Rereading } from './rereading.js';

/**
 * Ordered key-value tables of one machine in one group, kept on disk by the replica.
 *
 * Writes are visible to reads at once and reach the disk together with the applied index, so
 * that a crash loses a whole suffix of applied entries, never a part of one; the log replays them.
 * Keys are ordered by the bytes of their UTF-8 form.
 */
export interface StateTables {
  get(table: string, key: string): Uint8Array | undefined;
  put(table: string, key: string, value: Uint8Array): void;
  remove(table: string, key: string): void;
  /** All records of `table` with `from <= key`, in key order. */
  range(table: string, from?: string): IterableIterator<readonly [key: string, value: Uint8Array]>;
}

/** What a machine may know while it applies: only what every replica knows. */
export interface ApplyContext {
  readonly index: LogIndex;
  readonly term: Term;
  /** Log time of the entry, milliseconds of Unix time, never goes backwards (see docs/raft.md). */
  readonly logTimeMs: number;
  /** Who sent the command; null for the leader's own. */
  readonly proposer: ProposerId | null;
  /** The caller's Idempotency-Key, kept by a machine that answers later (see `Applied.settled`). */
  readonly idempotency: IdempotencyScope | null;
}

/** The answer to an earlier command that has come to its end by a later one. */
export interface Settled {
  readonly request: IdempotencyScope;
  readonly result: unknown;
}

export interface Applied<Effect> {
  /** The answer, msgpack-able: plain objects, arrays, strings, numbers, booleans, null, bytes. */
  readonly result: unknown;
  /** Whether an Idempotency-Key remembers this answer. */
  readonly remember: boolean;
  /** What changed, for the leader's duties and for watchers; derived from the state only. */
  readonly effects: readonly Effect[];
  /**
   * Answers to earlier commands, such as that of a waiter granted by this release: remembered for
   * their Idempotency-Keys like own answers.
   */
  readonly settled?: readonly Settled[];
  /**
   * The answer in full, where `result` only refers to records of this machine: neither the log nor an
   * Idempotency-Key keeps it. Called at the leader, for each copy of the command that waits there, soon
   * after the entry was applied: later entries may have been applied meanwhile. A later repetition is
   * answered with `result` as it is.
   */
  readonly present?: () => unknown;
}

/** A hint for the node that opened `proposer`; it may be lost. The body is msgpack-able. */
export interface Notice {
  readonly proposer: ProposerId;
  readonly body: unknown;
}

/**
 * A feature's deterministic state machine inside a replicated group.
 *
 * Invariant: the same commands in the same order give the same tables, results and effects on
 * every replica. `apply` touches at most `RECORDS_PER_APPLY_MAX` records.
 */
export interface ReplicatedMachine<Effect = unknown> {
  /** Short stable name; commands are addressed to it and its tables are kept under it. */
  readonly name: string;
  /** Binds the tables and rebuilds what is held in memory. */
  open(tables: StateTables): void;
  /**
   * Does the same in steps, after a snapshot has replaced the tables: until what is returned is
   * called, the machine answers from the memory it had. Nothing is applied meanwhile. Where it is
   * missing, `open` is called, which holds up the event loop for as long as it takes.
   */
  reread?(tables: StateTables): Rereading;
  /** Applies one committed command. Must not throw for any command a client can cause. */
  apply(command: unknown, context: ApplyContext): Applied<Effect>;
  /**
   * The proposer is closed and sends nothing more: what it left behind goes, or is marked to go.
   * Called by the command that closes it (the context's proposer and idempotency are null), before
   * later commands; bounded like `apply`.
   */
  closeProposer?(proposer: ProposerId, context: ApplyContext): readonly Effect[];
  /** A read of the applied state; the caller has made sure that it is recent enough. */
  query(query: unknown, instant: Instant): unknown;
  /** What only the leader does; all of it lives in memory. */
  readonly duties: LeaderDuties<Effect> | undefined;
}

/** The leader's memory of a machine: deadlines of leases, subscriptions. Never replicated. */
export interface LeaderDuties<Effect> {
  /** This replica leads `term` and has applied that term's first entry. */
  start(term: Term, instant: Instant): void;
  /** The effects of entries applied while leading, in order. */
  observe(effects: readonly Effect[], instant: Instant): void;
  /** Called every heartbeat: commands to propose in this term, such as expiries. They are never
   *  forwarded and never retried. */
  tick(instant: Instant): readonly unknown[];
  /**
   * Commands that what was started or applied calls for at once, such as the next sweep, each given
   * once until it is applied or refused. Asked for after the start, after every run that applied
   * entries, and with every heartbeat; proposed like those of `tick`.
   */
  followUps(): readonly unknown[];
  /** A command of `tick` or `followUps` was refused before it was appended: it will not happen. */
  refused(command: unknown): void;
  /** A request that needs the leader's memory and a valid leader lease, such as a renewal. */
  request(request: unknown, instant: Instant): unknown;
  /** Takes what the nodes of proposers should hear; asked for after every run while leading. */
  takeNotices(): readonly Notice[];
  /** This replica leads no more: what was not taken is forgotten. */
  stop(): void;
}
