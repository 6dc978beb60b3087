import { invariant } from '@sinkron/invariant';
import { TupleReader } from '../../../codec/tuple.js';
import type { Applied, ReplicatedMachine, StateTables } from '../../../group/replicated-machine.js';
import type { Rereading } from '../../../group/rereading.js';

/** A machine of keys and values whose leader counts the terms it was asked to lead. */
export class KeyValueMachine implements ReplicatedMachine {
  readonly name = 'kv';
  readonly startedTerms: number[] = [];
  /** How many keys were found when the tables were opened last. */
  keysAtOpen = 0;
  /** How many keys of replaced tables were read so far. */
  keysReread = 0;
  private tables: StateTables | null = null;

  open(tables: StateTables): void {
    this.tables = tables;
    this.keysAtOpen = [...tables.range('values')].length;
  }

  *reread(tables: StateTables): Rereading {
    this.keysReread = 0;
    for (const _ of tables.range('values')) {
      this.keysReread += 1;
      yield;
    }
    return () => this.open(tables);
  }

  /** Commands are [key, bytes]. */
  apply(body: unknown): Applied<unknown> {
    const reader = new TupleReader(body);
    this.opened.put('values', reader.text(), new Uint8Array(reader.bytes()));
    return { result: null, remember: false, effects: [] };
  }

  query(): unknown {
    return Object.fromEntries(
      [...this.opened.range('values')].map(([key, value]) => [key, value.byteLength]),
    );
  }

  readonly duties = {
    start: (term: number) => void this.startedTerms.push(term),
    observe: () => {},
    tick: () => [],
    followUps: () => [],
    takeNotices: () => [],
    refused: () => {},
    request: () => null,
    stop: () => {},
  };

  private get opened(): StateTables {
    invariant(this.tables !== null, 'KeyValueMachine: is open');
    return this.tables;
  }
}
