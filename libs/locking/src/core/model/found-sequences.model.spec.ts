import { acquire, acquireAll, release } from '../../testing/lock-commands.js';
import type { LockMode, WantedLock } from '../commands/holder.js';
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

/*
 * Both requests that wait are on the cycle that a grant closes. The one whose party waits for others
 * than before is thrown out: not that of a holder which has only released what it waits for no more.
 */
describe('A cycle that a grant closes', () => {
  it('is left by a request of the party that was granted', () => {
    const run = new Beside();
    const wanted = (modes: Record<string, LockMode>): readonly WantedLock[] =>
      Object.entries(modes).map(([name, mode]) => ({ name, mode }));
    const all = wanted({ a: 'exclusive', b: 'exclusive', c: 'exclusive' });
    run.apply(acquireAll(all, 'ann'));
    run.apply(acquire('c', 'cy', X));
    run.apply(acquireAll(wanted({ a: 'exclusive', b: 'shared' }), 'cy', { wait: true }));
    run.apply(acquireAll(wanted({ c: 'exclusive', b: 'shared' }), 'bob', { wait: true }));
    run.apply(acquire('b', 'bob', X));
    run.apply(release('b', 'ann', 2));
    expect(run.apply(release('c', 'ann', 3))).toEqual(['cy c 4']);
    run.apply(acquire('a', 'bob', X));
    expect(run.table.queue('a')).toEqual(['cy:exclusive', 'bob:exclusive']);
    const next = ['bob c 5', 'bob b 6', 'bob b 7'];
    expect(run.apply(release('c', 'cy', 4))).toEqual(next);
    expect(run.table.queue('a')).toEqual(['cy:exclusive']);
  });
});
