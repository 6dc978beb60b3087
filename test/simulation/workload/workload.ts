import type { Instant, ReplicatedMachine, StateTables } from '@sinkron/consensus';
import type { LockRecord } from '../../linearizability/lock-history.js';
import type { SettledReplica } from '../checks/replica-agreement.js';
import type { SimulatedNode } from '../node/simulated-node.js';

/** What the replicas of a run have to do, the clients that want it, and what must hold for them. */
export interface Workload {
  /** Whose notices leaders send. */
  readonly serves: 'locks' | 'queues';
  /**
   * The machine of one replica, watched.
   *
   * @param isFirst whether no replica has applied an entry of this index.
   */
  machine(isFirst: (index: number) => boolean): ReplicatedMachine;
  /** A snapshot became the state of a replica. @param tables all of its group. */
  installed(tables: StateTables): void;
  /** Clients work at these nodes from now on. */
  start(nodes: readonly SimulatedNode[]): void;
  /** They begin nothing any more. */
  stop(): void;
  /** Names of those with something under way. */
  readonly busy: readonly string[];
  /** Operations begun. */
  readonly operations: number;
  /** Tries to write and to read. @param answered gets whether both were answered. */
  watch(deadlineUs: number, answered: (answered: boolean) => void, tries: number): void;
  /**
   * When nothing is under way: everybody asks once more, and what is left for somebody is fetched.
   *
   * @param answered gets who was answered, or was not. @returns how many there are.
   */
  probe(deadlineUs: number, answered: (client: string, answered: boolean) => void): number;
  /** What nobody works with any more and has not come to its end by itself; null for nothing. */
  leftovers(): unknown;
  /** Nothing is under way any more, and these replicas have applied all there is. */
  finished(replicas: readonly SettledReplica[], instant: Instant): void;
  /** What clients of locks asked for and were told. */
  readonly history: readonly LockRecord[];
}
