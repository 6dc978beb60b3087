import { register } from 'prom-client';
import { LockMachine } from './lock-machine.js';
import { LocksHeldMetric } from './locks-held.metric.js';
import { acquire } from './testing/lock-commands.js';
import { MemoryTables } from './testing/memory-tables.js';

async function exported(): Promise<string | undefined> {
  const text = await register.getSingleMetricAsString('sinkron_locks_held');
  return text.split('\n').find((line) => line.startsWith('sinkron_locks_held '));
}

describe('sinkron_locks_held', () => {
  it('counts at the leader only, or each lock would be counted once a replica', async () => {
    const machine = new LocksHeldMetric().watch(new LockMachine());
    machine.open(new MemoryTables());
    const context = { index: 1, term: 1, logTimeMs: 0 };
    machine.apply(acquire('a', 'one'), context as never);
    expect(await exported()).toBe('sinkron_locks_held 0');
    machine.duties.start(1 as never, { monotonicMs: 0, wallMs: 0 });
    expect(await exported()).toBe('sinkron_locks_held 1');
    machine.duties.stop();
    expect(await exported()).toBe('sinkron_locks_held 0');
  });

  it('shows the younger of two nodes in one process and does not fail', async () => {
    const machine = new LocksHeldMetric().watch(new LockMachine());
    machine.duties.start(1 as never, { monotonicMs: 0, wallMs: 0 });
    new LocksHeldMetric();
    expect(await exported()).toBe('sinkron_locks_held 0');
  });
});
