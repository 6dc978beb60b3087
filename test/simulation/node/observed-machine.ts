import type {
  Applied,
  ApplyContext,
  Instant,
  LeaderDuties,
  ProposerId,
  ReplicatedMachine,
  StateTables,
} from '@sinkron/consensus';

/** A record that a command put, or removed (null). */
export interface RecordChange {
  readonly table: string;
  readonly key: string;
  readonly value: Uint8Array | null;
}

/** What a machine did with one command, or when a proposer was closed (`command` is null). */
export interface Observation<Effect> {
  readonly command: unknown;
  readonly applied: Applied<Effect>;
  readonly context: ApplyContext;
  readonly changes: readonly RecordChange[];
  /** Whose closing it was; null for a command. */
  readonly closed: ProposerId | null;
}

/** A production machine that is watched from outside; it does exactly what the inner one does. */
export class ObservedMachine<Effect> implements ReplicatedMachine<Effect> {
  readonly name: string;
  readonly duties: LeaderDuties<Effect> | undefined;
  readonly reread: ReplicatedMachine<Effect>['reread'];
  private changes: RecordChange[] = [];

  /** @param rereads whether it takes the tables of a snapshot in steps, as the inner one can. */
  constructor(
    private readonly inner: ReplicatedMachine<Effect>,
    private readonly observe: (observation: Observation<Effect>) => void,
    rereads = false,
  ) {
    this.name = inner.name;
    this.duties = inner.duties;
    const reread = rereads ? inner.reread?.bind(inner) : undefined;
    this.reread = reread && ((tables) => reread(this.watched(tables)));
  }

  open(tables: StateTables): void {
    this.inner.open(this.watched(tables));
  }

  apply(command: unknown, context: ApplyContext): Applied<Effect> {
    this.changes = [];
    const applied = this.inner.apply(command, context);
    this.observe({ command, applied, context, changes: this.changes, closed: null });
    return applied;
  }

  closeProposer(proposer: ProposerId, context: ApplyContext): readonly Effect[] {
    this.changes = [];
    const effects = this.inner.closeProposer?.(proposer, context) ?? [];
    const applied = { result: null, remember: false, effects };
    this.observe({ command: null, applied, context, changes: this.changes, closed: proposer });
    return effects;
  }

  query(query: unknown, instant: Instant): unknown {
    return this.inner.query(query, instant);
  }

  private watched(tables: StateTables): StateTables {
    return {
      get: (table, key) => tables.get(table, key),
      put: (table, key, value) => {
        this.changes.push({ table, key, value });
        tables.put(table, key, value);
      },
      remove: (table, key) => {
        this.changes.push({ table, key, value: null });
        tables.remove(table, key);
      },
      range: (table, from) => tables.range(table, from),
    };
  }
}
