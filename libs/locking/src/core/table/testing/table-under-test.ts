import { messagePackCodec } from '../../../testing/record-codec.js';
import type { LockCommand } from '../../commands/lock-command.js';
import type { LockEffect } from '../../commands/lock-effect.js';
import type { LockResult } from '../../commands/lock-result.js';
import { LockTable } from '../lock-table.js';
import type { IdempotentRequest, Transition } from '../ports.js';
import { RecordingTables } from './recording-tables.js';

/** Log time of entry 0. */
export const LOG_TIME_MS = 1_700_000_000_000;

interface By {
  readonly proposer?: string | null;
  readonly key?: IdempotentRequest | null;
  readonly term?: number;
}

/** A table over tables in memory; every command is an entry, a millisecond apart. */
export class TableUnderTest {
  readonly table = new LockTable(messagePackCodec());
  index = 0;

  constructor(readonly tables = new RecordingTables()) {
    this.table.open(tables);
  }

  apply(command: LockCommand, by: By = {}): Transition {
    return this.table.apply(command, this.nextContext(by));
  }

  result(command: LockCommand, by: By = {}): LockResult {
    return this.apply(command, by).result;
  }

  effects(command: LockCommand, by: By = {}): readonly LockEffect[] {
    return this.apply(command, by).effects;
  }

  /** The tokens of a grant at once. */
  tokens(command: LockCommand, by: By = {}): readonly number[] {
    const result = this.result(command, by);
    if (result.status !== 'granted') throw new Error(`not granted: ${JSON.stringify(result)}`);
    return result.locks.map(({ token }) => token);
  }

  token(command: LockCommand, by: By = {}): number {
    return this.tokens(command, by)[0] ?? 0;
  }

  /** The waiter that the command becomes. */
  waits(command: LockCommand, by: By = {}): number {
    const result = this.result(command, by);
    if (result.status !== 'queued') throw new Error(`not queued: ${JSON.stringify(result)}`);
    return result.waiterId;
  }

  closeProposer(proposer: string): readonly LockEffect[] {
    return this.table.closeProposer(proposer, this.nextContext({ proposer: null }));
  }

  /** Sweeps until nothing is left. @returns the transitions. */
  sweepAll(): readonly Transition[] {
    const done: Transition[] = [];
    while (this.table.workLeft) {
      done.push(this.apply({ kind: 'sweep' }, { proposer: null }));
      if (done.length > 10_000) throw new Error('sweeps do not come to an end');
    }
    return done;
  }

  /** Another table over a copy of the records, as after a restart. */
  restarted(): TableUnderTest {
    const other = new TableUnderTest(this.tables.copy());
    other.index = this.index;
    return other;
  }

  /** Owners and modes of the holders. */
  holders(name: string): readonly string[] {
    return [...(this.table.lock(name)?.holders() ?? [])].map(
      ({ owner, mode }) => `${owner}:${mode}`,
    );
  }

  /** Owners and modes of the queue. */
  queue(name: string): readonly string[] {
    return [...(this.table.lock(name)?.queue() ?? [])].map(({ owner, mode }) => `${owner}:${mode}`);
  }

  private nextContext({ proposer = 'node1', key = null, term = 1 }: By) {
    this.index += 1;
    const { index } = this;
    return { index, term, logTimeMs: LOG_TIME_MS + index, proposer, idempotency: key };
  }
}

/** The grants among the effects, as owner, lock and token. */
export function granted(effects: readonly LockEffect[]): readonly string[] {
  return effects.flatMap((effect) =>
    effect.kind === 'granted' ? [`${effect.owner} ${effect.name} ${effect.token}`] : [],
  );
}
