import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { spawnScript } from '../test-support/child-process.js';
import { temporaryFolders } from '../test-support/temporary-folder.js';
import { DataDirectory } from './data-directory.js';

const ROUNDS = 6;

interface Promised {
  logged: number;
  flushed: number;
}

/** Runs the writer until it has said `lines` lines, kills it, and tells what it was promised. */
async function writeUntilKilled(path: string, lines: number): Promise<Promised> {
  const child = spawnScript('crash-writer.ts', path);
  const promised: Promised = { logged: 0, flushed: 0 };
  let count = 0;
  for await (const line of createInterface({ input: child.stdout })) {
    const [what, index] = line.split(' ');
    if (what === 'logged') promised.logged = Number(index);
    if (what === 'flushed') promised.flushed = Number(index);
    if (++count === lines) child.kill('SIGKILL');
  }
  if (child.signalCode === null && child.exitCode === null) await once(child, 'exit');
  expect(child.signalCode).toBe('SIGKILL');
  return promised;
}

describe('a process killed while it writes', () => {
  const folder = temporaryFolders();

  it('keeps every promise, and of the state a prefix of whole entries', async () => {
    const path = folder();
    for (let round = 1; round <= ROUNDS; round++) {
      const promised = await writeUntilKilled(path, 150 * round + 37 * (round % 3));
      const directory = DataDirectory.open(path, { nodeId: 'node1' });
      const loaded = directory.log.load('g');
      expect(loaded.lastIndex).toBeGreaterThanOrEqual(promised.logged);
      expect(loaded.hardState).toEqual({ term: loaded.lastIndex, votedFor: 'node1' });

      const group = directory.state.group('g');
      const applied = group.appliedIndex;
      expect(applied).toBeGreaterThanOrEqual(promised.flushed);
      expect(applied).toBeLessThanOrEqual(loaded.lastIndex);
      expect(applied).toBeGreaterThanOrEqual(loaded.baseIndex);
      const at = (key: string): number => Number(group.get('t', key)?.toString() ?? 0);
      expect([at('first'), at('last')]).toEqual([applied, applied]);
      for (let index = Math.max(1, applied - 49); index <= applied; index++) {
        expect(at(`at ${index % 50}`)).toBe(index);
      }
      await directory.close();
    }
  });
});
