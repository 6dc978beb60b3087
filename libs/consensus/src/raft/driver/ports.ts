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
}

/** The log environment of a node: one transaction and one flush for all groups. */
export interface LogPort {
  /** Calls `flushed` when all of the batch is on the disk. A failure never returns: it stops the node. */
  write(batch: readonly GroupWrite[], flushed: () => void): void;
  load(group: string): {
    readonly hardState: HardStateRecord;
    readonly baseIndex: number;
    readonly baseTerm: number;
    readonly lastIndex: number;
  };
  entries(group: string, from: number, toExclusive: number, bytesMax: number): LogEntryRecord[];
  term(group: string, index: number): number | undefined;
}

/** Sends a Raft message to the node that holds the replica; may lose it, never blocks. */
export interface MessagePort {
  send(toNode: string, bytes: Uint8Array): void;
}

/** Asks that `RaftNode.run` be called after the inputs that are already at hand. */
export interface Scheduler {
  requestRun(): void;
}
