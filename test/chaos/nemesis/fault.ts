import type { PartitionShape } from './partition.js';

/** Which nodes, resolved when the fault begins: the leader is whoever leads then. */
export type Victims = 'leader' | 'one' | 'minority' | 'majority' | 'all';

export type Fault =
  /** SIGKILL; started again at the end. */
  | { readonly kind: 'kill'; readonly victims: Victims }
  /** SIGKILL, started at once, and again, for as long as the fault lasts. */
  | { readonly kind: 'crash-loop'; readonly victims: Victims }
  /** SIGSTOP; SIGCONT at the end. */
  | { readonly kind: 'pause'; readonly victims: Victims }
  /** SIGTERM; started again at the end. */
  | { readonly kind: 'stop'; readonly victims: Victims }
  /** SIGTERM and start of all nodes, one after the other, each after the one before is ready. */
  | { readonly kind: 'rolling-restart' }
  /** The leader is asked to hand over to a node. */
  | { readonly kind: 'transfer' }
  /** fsync fails; the node has to stop, and is started again at the end. */
  | { readonly kind: 'fsync-fails'; readonly victims: Victims }
  /** Every flush takes so much longer. */
  | { readonly kind: 'slow-disk'; readonly victims: Victims; readonly delayMs: number }
  /** No byte is left; the node has to stop, and is started again at the end. */
  | { readonly kind: 'disk-full' }
  | { readonly kind: 'partition'; readonly shape: PartitionShape }
  | {
      readonly kind: 'slow-links';
      /** All links of these nodes. */
      readonly victims: Victims;
      readonly delayMs: number;
      readonly jitterMs: number;
      readonly bytesPerSecond: number;
    }
  /** All connections of these nodes break, again and again. */
  | { readonly kind: 'reset-links'; readonly victims: Victims }
  | MemberFault;

/** Nothing is done while the cluster has not settled since the last one. */
export type MemberFault =
  | { readonly kind: 'add-member' }
  | { readonly kind: 'remove-member'; readonly victims: 'leader' | 'one' }
  /** SIGKILL, and started with an empty disk. */
  | { readonly kind: 'lose-disk'; readonly victims: 'leader' | 'one' };

/** A fault at its time. */
export interface Step {
  /** Milliseconds since the start of the faults. */
  readonly atMs: number;
  readonly durationMs: number;
  readonly fault: Fault;
  /** A permutation of the places of nodes: who is chosen first when there is a choice. */
  readonly order: readonly number[];
}

/** In words, for the report. */
export function describeFault(fault: Fault): string {
  switch (fault.kind) {
    case 'partition':
      return `partition ${fault.shape}`;
    case 'slow-disk':
      return `slow disk of ${fault.victims} (${fault.delayMs} ms a flush)`;
    case 'slow-links': {
      const { victims, delayMs, jitterMs, bytesPerSecond } = fault;
      const rate = `${Math.round(bytesPerSecond / 1_000)} kB/s`;
      return `slow links of ${victims} (${delayMs} to ${delayMs + jitterMs} ms, ${rate})`;
    }
    case 'rolling-restart':
      return 'rolling restart';
    case 'transfer':
      return 'transfer of leadership';
    case 'disk-full':
      return 'disk full';
    case 'fsync-fails':
      return `fsync fails at ${fault.victims}`;
    case 'reset-links':
      return `connections of ${fault.victims} reset`;
    case 'add-member':
      return 'a member is added';
    case 'remove-member':
      return `member removed: ${fault.victims}`;
    case 'lose-disk':
      return `disk lost: ${fault.victims}`;
    case 'kill':
    case 'crash-loop':
    case 'pause':
    case 'stop':
      return `${fault.kind} ${fault.victims}`;
  }
}

/** How many of so many nodes. */
export function victimCount(victims: Victims, nodes: number): number {
  switch (victims) {
    case 'leader':
    case 'one':
      return Math.min(1, nodes);
    case 'minority':
      return Math.floor((nodes - 1) / 2);
    case 'majority':
      return Math.floor(nodes / 2) + 1;
    case 'all':
      return nodes;
  }
}
