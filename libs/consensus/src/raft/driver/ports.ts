import type { Notice, StateTables } from '../../group/replicated-machine.js';
import type { Instant } from '../core/instant.js';

/** Reads the machine's clocks; the simulator's are virtual. */
export interface Clock {
  now(): Instant;
}

export interface LogEntryRecord {
  readonly index: number;
  readonly term: number;
  readonly kind: number;
  readonly timeMs: number;
  readonly data: Uint8Array;
}

export interface HardStateRecord {
  readonly term: number;
  readonly votedFor: string | null;
}

/** What one group adds to one flushed transaction. */
export interface GroupWrite {
  readonly group: string;
  readonly hardState?: HardStateRecord;
  /** Delete entries with an index of at least this first. */
  readonly truncateFrom?: number;
  readonly entries: readonly LogEntryRecord[];
  /**
   * Delete the entries up to this one last, and remember it as the base. Beyond the last entry
   * (after a snapshot) it empties the log, which then begins there; no entries come with that.
   */
  readonly compactThrough?: SnapshotPoint;
}

/** The log environment of a node: one transaction and one flush for all groups. */
export interface LogPort {
  /** Calls `flushed` when all of the batch is on the disk. A failure never returns: it stops the node. */
  write(batch: readonly GroupWrite[], flushed: () => void): void;
  load(group: string): {
    readonly hardState: HardStateRecord;
    readonly baseIndex: number;
    readonly baseTerm: number;
    /** Log time of the entry at `baseIndex`; 0 for a whole log. */
    readonly baseTimeMs: number;
    readonly lastIndex: number;
  };
  entries(group: string, from: number, toExclusive: number, bytesMax: number): LogEntryRecord[];
  term(group: string, index: number): number | undefined;
}

/**
 * Sends a Raft message to the node that holds the replica; may lose it, never blocks.
 *
 * `bulk` messages are parts of snapshots: they must not delay the others, which may overtake them.
 */
export interface MessagePort {
  send(toNode: string, bytes: Uint8Array, bulk: boolean): void;
}

/** The last entry that a snapshot includes, and its log time. */
export interface SnapshotPoint {
  readonly index: number;
  readonly term: number;
  readonly timeMs: number;
}

/** A consistent picture of one group's flushed state, read part by part. */
export interface SnapshotSource {
  readonly index: number;
  readonly term: number;
  /**
   * The next part, of about `bytesMax`; null at the end. Synchronous and bounded.
   *
   * @throws SnapshotExpiredError when the picture was held too long: start again.
   */
  next(bytesMax: number): Uint8Array | null;
  close(): void;
}

/** Staged state of a group that replaces the present one as a whole, or never happened. */
export interface SnapshotSink {
  /**
   * Calls `written` when the part is staged: one part at a time.
   *
   * @throws MalformedError for a part that no source made.
   */
  write(part: Uint8Array, written: () => void): void;
  /** Durable and switched atomically: tables and applied index are the snapshot's after `done`. */
  finish(done: () => void): void;
  abort(): void;
}

/** Tables of a group together with how far the log is applied to them. */
export interface GroupState extends StateTables {
  readonly appliedIndex: number;
  /** The applied index that is on the disk: the log is compacted at most so far. */
  readonly flushedIndex: number;
  /** The last snapshot installed on this disk; the log may not have been reset to it yet. */
  readonly installed: SnapshotPoint | null;
  /** Closes the changes of one entry; they reach the disk with this index or not at all. */
  markApplied(index: number, term: number): void;
  /** Too much waits for the disk: applying pauses. */
  readonly saturated: boolean;
  /** Null while nothing is flushed, or too many snapshots are read. */
  openSnapshot(): SnapshotSource | null;
  beginInstall(point: SnapshotPoint): SnapshotSink;
}

/** Carries a notice of a machine that leads here to the node of its proposer; may lose it. */
export interface NoticePort {
  /** Called while the group runs: what it leads to happens in a later turn. */
  notify(group: string, machine: string, notice: Notice): void;
}

/** Asks that `RaftNode.run` be called after the inputs that are already at hand. */
export interface Scheduler {
  requestRun(): void;
}
