import { WriteLane } from './write-lane.js';

describe('WriteLane', () => {
  it('runs one piece of work after the other, in order, also behind one that failed', async () => {
    const lane = new WriteLane();
    const log: string[] = [];
    const run = (name: string, fails = false): Promise<string> =>
      lane.run(async () => {
        log.push(`${name} begins`);
        await new Promise(setImmediate);
        log.push(`${name} ends`);
        if (fails) throw new Error(name);
        return name;
      });
    const all = [run('a'), run('b', true), run('c')];
    expect(log).toEqual(['a begins']);
    void all[0]?.then(() => all.push(run('d')));
    await Promise.allSettled(all);
    expect(await Promise.allSettled(all)).toEqual([
      { status: 'fulfilled', value: 'a' },
      { status: 'rejected', reason: new Error('b') },
      { status: 'fulfilled', value: 'c' },
      { status: 'fulfilled', value: 'd' },
    ]);
    expect(log.filter((line) => line.endsWith('begins'))).toEqual(
      ['a', 'b', 'c', 'd'].map((name) => `${name} begins`),
    );
    expect(log).toHaveLength(8);
    expect(log.every((line, at) => at % 2 === 0 || line.endsWith('ends'))).toBe(true);
  });

  it('begins at once when it is idle again', async () => {
    const lane = new WriteLane();
    await lane.run(() => Promise.resolve());
    let begun = false;
    const done = lane.run(() => {
      begun = true;
      return Promise.resolve();
    });
    expect(begun).toBe(true);
    await done;
  });
});
