import { acquire, acquireAll, release } from '../../testing/lock-commands.js';
import type { LockMode } from '../commands/holder.js';
import type { LockCommand } from '../commands/lock-command.js';
import { granted, LOG_TIME_MS, TableUnderTest } from '../table/testing/table-under-test.js';
import { pictureOfReference, pictureOfTable } from './picture.js';
import { Choices } from './reference/choices.js';
import { ReferenceTable } from './reference/reference-table.js';

const S = { mode: 'shared' } as const;
const X = { mode: 'exclusive', wait: true } as const;

/** Waits for both locks, of which somebody else has `k`. */
const both = (owner: string, mode: LockMode): LockCommand =>
  acquireAll(
    [
      { name: 'c', mode },
      { name: 'k', mode: 'exclusive' },
    ],
    owner,
    { wait: true },
  );

/** A table, one that is opened anew after every command, and the reference. */
class Beside {
  readonly table = new TableUnderTest();
  private reopened = new TableUnderTest();
  private reference = new ReferenceTable();

  apply(command: LockCommand): readonly string[] {
    const { effects } = this.table.apply(command);
    const { index } = this.table;
    const context = { index, term: 1, logTimeMs: LOG_TIME_MS + index, proposer: 'node1' };
    const { after } = this.reference.applied(
      command,
      { ...context, idempotency: null },
      new Choices(),
    );
    this.reference = after;
    expect(this.reopened.effects(command)).toEqual(effects);
    this.reopened = this.reopened.restarted();
    for (const { table } of [this.table, this.reopened]) {
      table.validate();
      expect(pictureOfTable(table)).toEqual(pictureOfReference(after.state));
    }
    return granted(effects);
  }
}

/*
 * An upgrade within a multi-lock is one no more when its owner is granted the lock exclusively in
 * another way. When that hold ends, its rank says where it stands: with its owner's first request.
 * Elsewhere its owner would wait for who waits for that first one, and the upgrade be thrown out.
 */
describe('An upgrade whose hold was granted otherwise and has ended', () => {
  it('stands behind the earlier shared request of its owner', () => {
    const run = new Beside();
    run.apply(acquire('k', 'four'));
    run.apply(acquire('c', 'five', S));
    run.apply(both('one', 'shared'));
    run.apply(acquire('c', 'two', X));
    run.apply(acquire('c', 'one', S));
    run.apply(both('one', 'exclusive'));
    expect(run.table.queue('c')).toEqual(['one:exclusive', 'one:shared', 'two:exclusive']);
    run.apply(release('c', 'five', 2));
    expect(run.apply(acquire('c', 'one'))).toEqual(['one c 4']);
    expect(run.table.queue('c')).toEqual(['one:shared', 'one:exclusive', 'two:exclusive']);
    run.apply(release('c', 'one', 4));
    run.apply(release('c', 'one', 4));
    expect(run.table.holders('c')).toEqual([]);
    expect(run.table.queue('c')).toEqual(['one:shared', 'one:exclusive', 'two:exclusive']);
    const next = ['one c 5', 'one k 6', 'one c 7', 'one k 6'];
    expect(run.apply(release('k', 'four', 1))).toEqual(next);
  });

  it.each(['shared', 'exclusive'] as const)('has a later %s request beside it', (mode) => {
    const run = new Beside();
    run.apply(acquire('k', 'four'));
    run.apply(acquire('c', 'five', S));
    run.apply(acquire('c', 'one', S));
    run.apply(both('one', 'exclusive'));
    run.apply(acquire('c', 'two', X));
    run.apply(both('one', mode));
    run.apply(release('c', 'five', 2));
    expect(run.apply(acquire('c', 'one'))).toEqual(['one c 4']);
    run.apply(release('c', 'one', 4));
    run.apply(release('c', 'one', 4));
    expect(run.table.holders('c')).toEqual([]);
    expect(run.table.queue('c')).toEqual(['one:exclusive', `one:${mode}`, 'two:exclusive']);
    const next = ['one c 5', 'one k 6', 'one c 5', 'one k 6'];
    expect(run.apply(release('k', 'four', 1))).toEqual(next);
  });
});
