import type { Applied, ReplicatedMachine, StateTables } from '@sinkron/consensus';

/** Named texts, for tests of the groups that hold them: a command is `[name, text]`, a query a name. */
export class RegisterMachine implements ReplicatedMachine<never> {
  readonly name = 'registers';
  readonly duties = undefined;
  private tables: StateTables | undefined;

  open(tables: StateTables): void {
    this.tables = tables;
  }

  apply(command: unknown): Applied<never> {
    const [name, text] = command as readonly [string, string];
    this.tables?.put('registers', name, Buffer.from(text));
    return { result: 'written', remember: true, effects: [] };
  }

  query(name: unknown): unknown {
    const text = this.tables?.get('registers', String(name));
    return text === undefined ? null : Buffer.from(text).toString();
  }
}
