import { acquire, acquireAll, breakLock, release } from '../../../testing/lock-commands.js';
import { granted, TableUnderTest } from '../testing/table-under-test.js';

const X = { mode: 'exclusive', wait: true } as const;

describe('Breaking a lock', () => {
  it('kills the token, and the first waiter is granted at once', () => {
    const run = new TableUnderTest();
    const token = run.token(acquire('a', 'one'));
    run.waits(acquire('a', 'two', X));
    const { result, remember, effects } = run.apply(breakLock('a'));
    expect([result, remember]).toEqual([{ status: 'broken' }, true]);
    expect(effects).toMatchObject([
      { kind: 'broken', name: 'a', owner: 'one', holdId: token, token, holds: 0 },
      { kind: 'granted', owner: 'two', token: 2 },
    ]);
    expect(run.result(release('a', 'one', token)).status).toBe('not-holder');
  });

  it('takes it from all readers', () => {
    const run = new TableUnderTest();
    for (const owner of ['one', 'two']) run.apply(acquire('a', owner, { mode: 'shared' }));
    run.waits(acquire('a', 'three', X));
    expect(granted(run.effects(breakLock('a')))).toEqual(['three a 3']);
  });

  it('does nothing to a free one, also when a multi-lock waits there', () => {
    const run = new TableUnderTest();
    const free = { result: { status: 'free' }, remember: true, settled: [], effects: [] };
    expect(run.apply(breakLock('a'))).toEqual(free);
    run.apply(acquire('b', 'one'));
    run.waits(
      acquireAll(
        [
          { name: 'a', mode: 'exclusive' },
          { name: 'b', mode: 'exclusive' },
        ],
        'two',
        { wait: true },
      ),
    );
    expect(run.apply(breakLock('a'))).toEqual(free);
    expect(run.queue('a')).toEqual(['two:exclusive']);
  });
});
