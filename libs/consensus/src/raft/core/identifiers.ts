/** A Raft term (Raft §5.1). */
export type Term = number & { readonly __brand: 'Term' };
/** An index into a group's log; the first entry has index 1. */
export type LogIndex = number & { readonly __brand: 'LogIndex' };
/** One replica's identity in a group's configuration: a node *and* its disk, see docs/raft.md. */
export type ReplicaId = string & { readonly __brand: 'ReplicaId' };
/** Numbers one write that a core asked its driver to make durable; grows by one. */
export type WriteId = number & { readonly __brand: 'WriteId' };

export const term = (value: number): Term => value as Term;
export const logIndex = (value: number): LogIndex => value as LogIndex;
export const replicaId = (value: string): ReplicaId => value as ReplicaId;
export const writeId = (value: number): WriteId => value as WriteId;
