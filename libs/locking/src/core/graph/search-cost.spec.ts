import { acquire, acquireAll } from '../../testing/lock-commands.js';
import { PASSING_STEPS_MAX, SOFT_EDGES_MAX } from '../limits.js';
import { TableUnderTest } from '../table/testing/table-under-test.js';

const S = { mode: 'shared', wait: true } as const;
const X = { mode: 'exclusive', wait: true } as const;
const OWNERS = 10_000;
/** Each that joins a chain walks all of it, so making one takes as many steps as its square. */
const CHAIN = 2_000;

/** Edges that the searches of a command met: what it costs, whatever the machine. */
function edgesMetBy(run: TableUnderTest, command: () => unknown): number {
  const before = run.table.edgesMet;
  command();
  return run.table.edgesMet - before;
}

describe('The cost of a deadlock search', () => {
  it('a waiter that holds nothing costs none', () => {
    const run = new TableUnderTest();
    run.apply(acquire('a', 'holder'));
    const met = edgesMetBy(run, () => {
      for (let count = 0; count < OWNERS; count += 1) run.waits(acquire('a', `${count}`, X));
    });
    expect(met).toBe(0);
  });

  it('a chain of 2,000 owners is walked once', () => {
    const run = new TableUnderTest();
    for (let count = 0; count <= CHAIN; count += 1) run.apply(acquire(`${count}`, `${count}`));
    for (let count = 1; count <= CHAIN; count += 1) {
      run.waits(acquire(`${count - 1}`, `${count}`, X));
    }
    const met = edgesMetBy(run, () => {
      const result = run.result(acquire(`${CHAIN}`, '0', X));
      expect(result).toMatchObject({ status: 'deadlock', cycle: { length: 1_000 } });
    });
    expect(met).toBe(CHAIN + 1);
  });

  it('a queue of 10,000 owners has one edge each', () => {
    const run = new TableUnderTest();
    run.apply(acquire('a', 'holder'));
    run.apply(acquire('b', 'last'));
    for (let count = 0; count < OWNERS; count += 1) run.waits(acquire('a', `${count}`, X));
    expect(edgesMetBy(run, () => run.waits(acquire('a', 'last', X)))).toBe(OWNERS + 1);
  });

  it('10,000 readers and as many writers: no edges from each writer to each reader', () => {
    const run = new TableUnderTest();
    run.apply(acquire('a', 'holder'));
    run.apply(acquire('b', 'last'));
    for (let count = 0; count < 5_000; count += 1) run.waits(acquire('a', `r${count}`, S));
    for (let count = 0; count < 5_000; count += 1) run.waits(acquire('a', `w${count}`, X));
    // The last, each writer to the one before, the first to all readers, all readers to the holder.
    const met = edgesMetBy(run, () => run.waits(acquire('a', 'last', X)));
    expect(met).toBe(5_000 + 5_000 + 5_000);
  });

  it('10,000 readers of one lock that all wait for another: each once', () => {
    const run = new TableUnderTest();
    run.apply(acquire('b', 'holder'));
    for (let count = 0; count < OWNERS; count += 1) run.apply(acquire('a', `${count}`, S));
    for (let count = 0; count < OWNERS; count += 1) run.waits(acquire('b', `${count}`, S));
    const met = edgesMetBy(run, () => run.result(acquire('a', 'holder', X)));
    expect(met).toBe(OWNERS + 1);
    run.apply(acquire('c', 'last'));
    expect(edgesMetBy(run, () => run.waits(acquire('a', 'last', X)))).toBe(2 * OWNERS);
  });

  it('1,000 multi-locks in the way, of which no set helps: the search for one ends', () => {
    const run = new TableUnderTest();
    const multi = (owner: string, ...names: readonly string[]) =>
      acquireAll(
        names.map((name) => ({ name, mode: 'exclusive' })),
        owner,
        { wait: true },
      );
    run.apply(acquire('a', 'one'));
    run.apply(acquire('d', 'holder'));
    run.waits(multi('two', 'a', 'd', 'e'));
    run.waits(acquire('e', 'reader', X));
    for (let count = 0; count < 1_000; count += 1) run.waits(multi(`${count}`, 'a', 'd'));
    // Whoever lets `one` pass waits for it, and `two`, behind it, for who waits for `two` at e.
    run.waits(acquire('d', 'reader', S));
    const before = run.queue('d');
    const met = edgesMetBy(run, () => {
      expect(run.result(acquire('d', 'one', S)).status).toBe('deadlock');
    });
    expect(met).toBeLessThan(2 * PASSING_STEPS_MAX);
    expect(run.queue('d')).toEqual(before);
    run.table.validate();
  });

  // Breaks otherwise: each of 500 choices relabels the runs behind all that were passed, for 15 s in all.
  it('long runs of readers between multi-locks: moving them counts as well', () => {
    const run = new TableUnderTest();
    run.apply(acquire('d', 'holder'));
    for (let count = 0; count <= 62; count += 1) run.apply(acquire(`k${count}`, 'one'));
    const [place] = run.table.waiter(run.waits(acquire('d', 'two', X)))?.places ?? [];
    const relabelled = (): number => place?.lock.queue?.relabelled ?? Infinity;
    run.waits(acquire('k0', 'two', X));
    for (let count = 0; count < 62; count += 1) {
      const names = [`k${count + 1}`, 'd'];
      const locks = names.map((name) => ({ name, mode: 'exclusive' as const }));
      run.waits(acquireAll(locks, `multi${count}`, { wait: true }));
      for (let reader = 0; reader < 290; reader += 1) {
        run.waits(acquire('d', `reader${count}.${reader}`, S));
      }
    }
    const [queue, before] = [run.queue('d'), relabelled()];
    const result = run.result(acquire('d', 'one', S));
    expect(result.status).toBe('deadlock');
    expect(run.queue('d')).toEqual(queue);
    // And once more for each that was passed: what is behind it is a run of its own again.
    expect(relabelled() - before).toBeLessThan(PASSING_STEPS_MAX + SOFT_EDGES_MAX * queue.length);
    run.table.validate();
  });
});
