import { acquire, release } from '../../../testing/lock-commands.js';
import { LOG_TIME_MS, TableUnderTest } from '../testing/table-under-test.js';

const X = { mode: 'exclusive', wait: true } as const;
const KEY = { scope: 'k', fingerprint: 'f' };

function waiting() {
  const run = new TableUnderTest();
  const token = run.token(acquire('a', 'one'));
  const waiterId = run.waits(acquire('a', 'two', X), { key: KEY });
  return { run, token, waiterId };
}

describe('An Idempotency-Key during a wait', () => {
  it('a repeat from another node joins the waiter, in its place', () => {
    const { run, waiterId } = waiting();
    run.waits(acquire('a', 'three', X));
    expect(run.apply(acquire('a', 'two', X), { key: KEY, proposer: 'node2' })).toEqual({
      result: { status: 'queued', waiterId, upgrade: false },
      remember: false,
      settled: [],
      effects: [],
    });
    expect(run.queue('a')).toEqual(['two:exclusive', 'three:exclusive']);
    expect(run.restarted().table.waiter(waiterId)?.proposers).toEqual(['node1', 'node2']);
  });

  it('a repeat from the same node changes nothing', () => {
    const { run, waiterId } = waiting();
    run.tables.takeWrites();
    expect(run.waits(acquire('a', 'two', X), { key: KEY })).toBe(waiterId);
    expect(run.tables.takeWrites()).toBe(0);
  });

  it('the same key with another body is refused, also after a restart', () => {
    const { run } = waiting();
    const key = { scope: 'k', fingerprint: 'other' };
    const refused = {
      result: { status: 'key-reused' },
      remember: false,
      settled: [],
      effects: [],
    };
    const other = run.restarted();
    expect(run.apply(acquire('a', 'three', X), { key })).toEqual(refused);
    expect(other.apply(acquire('a', 'three', X), { key })).toEqual(refused);
  });

  it('the grant is its answer, told to all who attend it', () => {
    const { run, token, waiterId } = waiting();
    run.apply(acquire('a', 'two', X), { key: KEY, proposer: 'node2' });
    const { settled, effects } = run.apply(release('a', 'one', token));
    const expiresAtMs = LOG_TIME_MS + 4 + 30_000;
    const grant = { name: 'a', mode: 'exclusive', token: 2, holds: 1, ttlMs: 30_000, expiresAtMs };
    expect(settled).toEqual([{ request: KEY, result: { status: 'granted', locks: [grant] } }]);
    expect(effects[1]).toMatchObject({
      waiterId,
      proposers: ['node1', 'node2'],
      remembered: true,
    });
  });

  it('after the wait the key is the group’s: the table knows it no more', () => {
    const { run, token } = waiting();
    run.apply(release('a', 'one', token));
    expect(run.result(acquire('a', 'three', X), { key: { scope: 'k', fingerprint: 'g' } })).toEqual(
      {
        status: 'queued',
        waiterId: 2,
        upgrade: false,
      },
    );
  });
});
