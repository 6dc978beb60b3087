import { acquire, createSession } from '../../testing/lock-commands.js';
import { TableUnderTest } from './testing/table-under-test.js';

/** How a table answers: living holds, waiters, sessions and the locks that it lists. */
function picture({ table }: TableUnderTest): readonly unknown[] {
  const locks = [...table.listed('', null)].map((name) => {
    const lock = table.lock(name);
    const tokens = [...(lock?.holders() ?? [])].map(({ token }) => token);
    return [name, tokens, [...(lock?.queue() ?? [])]];
  });
  const { holdsCount, waitersCount, sessionsCount } = table;
  return [holdsCount, waitersCount, sessionsCount, locks];
}

/** Three locks, two waiters, one session. */
function busy(): TableUnderTest {
  const busyTable = new TableUnderTest();
  busyTable.apply(createSession('s'));
  busyTable.apply(acquire('a', 'one', { sessionId: 's' }));
  for (const name of ['b', 'c']) {
    busyTable.apply(acquire(name, 'two'));
    busyTable.apply(acquire(name, 'three', { wait: true }), { proposer: 'p' });
  }
  return busyTable;
}

describe('LockTable, reread', () => {
  it('answers as before, step by step, and then as a table opened from the records', () => {
    const [source, target] = [busy(), new TableUnderTest()];
    target.apply(acquire('old', 'one'));
    const before = picture(target);
    const rereading = target.table.reread(source.tables);
    let step = rereading.next();
    let steps = 0;
    for (; step.done !== true; steps += 1) {
      expect(picture(target)).toEqual(before);
      step = rereading.next();
    }
    // Each record, each queue, each lock.
    expect(steps).toBe(6 + 2 + 3);
    expect(picture(target)).toEqual(before);
    step.value();
    target.table.validate();
    expect(picture(target)).toEqual(picture(new TableUnderTest(source.tables)));
    expect(picture(target)).toEqual(picture(source));
  });

  it('given up half-way, it has changed nothing', () => {
    const target = new TableUnderTest();
    target.apply(acquire('old', 'one'));
    const before = picture(target);
    const rereading = target.table.reread(busy().tables);
    for (let step = 0; step < 5; step += 1) rereading.next();
    expect(picture(target)).toEqual(before);
    target.apply(acquire('new', 'two'));
    target.table.validate();
    expect(target.table.holdsCount).toBe(2);
  });
});
