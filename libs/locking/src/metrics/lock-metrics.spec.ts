import { register } from 'prom-client';
import type { LockCounters } from '../machine/lock-duties.js';
import type { LockCounts, LockMachine } from '../machine/lock-machine.js';
import { LockMetrics } from './lock-metrics.js';

const NAMES = [
  'sinkron_locks_held',
  'sinkron_locks_waiting',
  'sinkron_sessions',
  'sinkron_deadlocks_total',
  'sinkron_lock_expirations_total',
];

/** The values of all metrics, in the order of NAMES. */
async function exported(): Promise<(number | undefined)[]> {
  return Promise.all(
    NAMES.map(async (name) => {
      const metric = await register.getSingleMetric(name)?.get();
      return metric?.values[0]?.value;
    }),
  );
}

function machine(counts: LockCounts | null, counters: LockCounters): LockMachine {
  return { countsAsLeader: counts, duties: { counters } } as unknown as LockMachine;
}

describe('LockMetrics', () => {
  it('exports zeroes before there is a machine', async () => {
    new LockMetrics();
    expect(await exported()).toEqual([0, 0, 0, 0, 0]);
  });

  it('exports what the machine counts, read at the scrape', async () => {
    const counters = { deadlocks: 4, expirations: 5 };
    const watched = machine({ held: 1, waiting: 2, sessions: 3 }, counters);
    expect(new LockMetrics().watch(watched)).toBe(watched);
    expect(await exported()).toEqual([1, 2, 3, 4, 5]);
    counters.deadlocks += 1;
    expect(await exported()).toEqual([1, 2, 3, 5, 5]);
  });

  it('counts at the leader only, or each lock would be counted once a replica', async () => {
    new LockMetrics().watch(machine(null, { deadlocks: 4, expirations: 5 }));
    expect(await exported()).toEqual([0, 0, 0, 4, 5]);
  });

  it('shows the younger of two nodes in one process and does not fail', async () => {
    new LockMetrics().watch(
      machine({ held: 1, waiting: 2, sessions: 3 }, { deadlocks: 4, expirations: 5 }),
    );
    new LockMetrics();
    expect(await exported()).toEqual([0, 0, 0, 0, 0]);
  });
});
