import { acquire, cancel, release } from '../../../testing/lock-commands.js';
import { granted, TableUnderTest } from '../testing/table-under-test.js';

const S = { mode: 'shared', wait: true } as const;
const X = { mode: 'exclusive', wait: true } as const;
const KEY = { scope: 'k', fingerprint: 'f' };

describe('The close of a proposer', () => {
  it('its node died waiting: else the release would grant to nobody for the whole length', () => {
    const run = new TableUnderTest();
    const token = run.token(acquire('a', 'one'));
    const dead = run.waits(acquire('a', 'two', X), { proposer: 'node2' });
    run.waits(acquire('a', 'three', X));
    expect(run.closeProposer('node2')).toEqual([
      { kind: 'proposer-closed', proposer: 'node2' },
      { kind: 'left', waiterId: dead, proposers: [] },
    ]);
    expect(run.tables.counts).toEqual({ holds: 1, waiters: 1 });
    expect(granted(run.effects(release('a', 'one', token)))).toEqual(['three a 2']);
  });

  it('leaves whom that lets through to a sweep, whose answers keys remember', () => {
    const run = new TableUnderTest();
    run.apply(acquire('a', 'one', S));
    run.waits(acquire('a', 'writer', X), { proposer: 'node2' });
    run.waits(acquire('a', 'two', S), { key: KEY });
    expect(granted(run.closeProposer('node2'))).toEqual([]);
    expect([run.table.workLeft, run.restarted().table.workLeft]).toEqual([true, true]);
    const [{ result, effects, settled } = {}] = run.sweepAll();
    expect(result).toEqual({ status: 'swept', more: false });
    expect(granted(effects ?? [])).toEqual(['two a 2']);
    expect(settled).toMatchObject([{ request: KEY, result: { status: 'granted' } }]);
    expect(effects?.at(-1)).toEqual({ kind: 'swept' });
  });

  it('leaves a waiter to another proposer that attends it', () => {
    const run = new TableUnderTest();
    run.apply(acquire('a', 'one'));
    const waiterId = run.waits(acquire('a', 'two', X), { key: KEY });
    run.apply(acquire('a', 'two', X), { key: KEY, proposer: 'node2' });
    expect(run.closeProposer('node1')).toEqual([{ kind: 'proposer-closed', proposer: 'node1' }]);
    expect(run.restarted().table.waiter(waiterId)?.proposers).toEqual(['node2']);
  });

  it('of one with many waiters marks them: they wait no more from then on', () => {
    const run = new TableUnderTest();
    const token = run.token(acquire('a', 'one'));
    for (let count = 0; count < 2_000; count += 1) {
      run.waits(acquire('a', `dead${count}`, X), { proposer: 'node2' });
    }
    run.waits(acquire('a', 'two', X));
    run.tables.takeWrites();
    expect(run.closeProposer('node2')).toEqual([{ kind: 'proposer-closed', proposer: 'node2' }]);
    expect(run.tables.takeWrites()).toBe(1);
    expect([run.queue('a'), run.table.waitersCount]).toEqual([['two:exclusive'], 1]);
    expect(run.restarted().queue('a')).toEqual(['two:exclusive']);
    expect(granted(run.effects(release('a', 'one', token)))).toEqual(['two a 2']);
    const left = run.sweepAll().flatMap(({ effects }) => effects);
    expect(left.filter(({ kind }) => kind === 'left')).toHaveLength(2_000);
    expect(run.tables.counts).toEqual({ holds: 1 });
  });

  it('a marked waiter that another one attends goes on, and forgets the closed one', () => {
    const run = new TableUnderTest();
    const token = run.token(acquire('a', 'one'));
    const joined = run.waits(acquire('a', 'two', X), { key: KEY, proposer: 'node2' });
    run.apply(acquire('a', 'two', X), { key: KEY, proposer: 'node3' });
    for (let count = 0; count < 200; count += 1) {
      run.waits(acquire('a', `dead${count}`, X), { proposer: 'node2' });
    }
    run.closeProposer('node2');
    expect(run.queue('a')).toEqual(['two:exclusive']);
    run.sweepAll();
    const other = run.restarted();
    expect(other.table.waiter(joined)?.proposers).toEqual(['node3']);
    expect(other.tables.counts).toEqual({ holds: 1, waiters: 1 });
    expect(other.result(cancel(joined), { proposer: 'node2' }).status).toBe('gone');
    expect(granted(other.effects(release('a', 'one', token)))).toEqual(['two a 2']);
  });
});
