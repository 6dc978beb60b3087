import type {
  Applied,
  ApplyContext,
  Instant,
  LeaderDuties,
  ReplicatedMachine,
  StateTables,
} from '@sinkron/consensus';

/** Told of every command that a machine applied. */
export type MachineObserver<Effect> = (
  command: unknown,
  applied: Applied<Effect>,
  context: ApplyContext,
) => void;

/** A production machine that is watched from outside; it does exactly what the inner one does. */
export class ObservedMachine<Effect> implements ReplicatedMachine<Effect> {
  readonly name: string;
  readonly duties: LeaderDuties<Effect> | undefined;

  constructor(
    private readonly inner: ReplicatedMachine<Effect>,
    private readonly observer: MachineObserver<Effect>,
  ) {
    this.name = inner.name;
    this.duties = inner.duties;
  }

  open(tables: StateTables): void {
    this.inner.open(tables);
  }

  apply(command: unknown, context: ApplyContext): Applied<Effect> {
    const applied = this.inner.apply(command, context);
    this.observer(command, applied, context);
    return applied;
  }

  query(query: unknown, instant: Instant): unknown {
    return this.inner.query(query, instant);
  }
}
