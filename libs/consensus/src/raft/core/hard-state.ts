import type { ReplicaId, Term } from './identifiers.js';

/** What a replica must remember across a crash besides its log (Raft Figure 2). */
export interface HardState {
  readonly term: Term;
  readonly votedFor: ReplicaId | null;
}
