import {
  decode,
  encode,
  type Applied,
  type ApplyContext,
  type Instant,
  type LeaderDuties,
  type ProposerId,
  type ReplicatedMachine,
  type StateTables,
} from '@sinkron/consensus';
import { LockMachine, type LockEffect } from '@sinkron/locking';
import { invariant } from '@sinkron/invariant';

/** The production lock machine with something done behind its back. */
export class TamperedMachine implements ReplicatedMachine<LockEffect> {
  readonly name: string;
  protected readonly inner = new LockMachine();
  private opened: StateTables | null = null;

  constructor() {
    this.name = this.inner.name;
  }

  get duties(): LeaderDuties<LockEffect> {
    return this.inner.duties;
  }

  open(tables: StateTables): void {
    this.opened = tables;
    this.inner.open(tables);
  }

  apply(command: unknown, context: ApplyContext): Applied<LockEffect> {
    return this.inner.apply(command, context);
  }

  closeProposer(proposer: ProposerId, context: ApplyContext): readonly LockEffect[] {
    return this.inner.closeProposer(proposer, context);
  }

  query(query: unknown, instant: Instant): unknown {
    return this.inner.query(query, instant);
  }

  protected get tables(): StateTables {
    invariant(this.opened !== null, 'TamperedMachine: open comes first');
    return this.opened;
  }

  /** The machine takes the tables as they are now. */
  protected reopen(): void {
    this.inner.open(this.tables);
  }

  protected records(table: string): readonly TamperedRecord[] {
    return [...this.tables.range(table)].map(([key, bytes]) => ({ key, fields: fieldsOf(bytes) }));
  }

  protected put(table: string, key: string, fields: object): void {
    this.tables.put(table, key, encode(fields));
  }
}

export interface TamperedRecord {
  readonly key: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

function fieldsOf(bytes: Uint8Array): Readonly<Record<string, unknown>> {
  const value = decode(bytes);
  invariant(typeof value === 'object' && value !== null, 'TamperedMachine: a record is an object');
  return { ...value };
}
