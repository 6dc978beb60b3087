import * as fc from 'fast-check';
import { DataDirectory } from '../directory/data-directory.js';
import { RANGE_READ_RECORDS } from '../limits.js';
import { ManualTimers } from '../test-support/manual-timers.js';
import { logEntries } from '../test-support/log-entries.js';
import { temporaryFolders } from '../test-support/temporary-folder.js';
import type { GroupStateStore } from './group-state-store.js';

const KEYS = [
  '',
  'a',
  'a\0',
  'ab',
  'b',
  'é',
  '\uD7FF',
  '\uE000',
  '\uFFFF',
  '\u{10000}',
  '\u{1F600}',
];
const TABLES = ['t', 'u'];
/** Small: folders are made and opened a hundred times. */
const WAL_FILE_BYTES = 64 * 1024;
const byBytes = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));

type Step =
  | { readonly kind: 'put'; readonly table: string; readonly key: string; readonly value: number }
  | { readonly kind: 'remove'; readonly table: string; readonly key: string }
  | { readonly kind: 'freeze' | 'flush' | 'reopen' };

const table = fc.constantFrom(...TABLES);
const key = fc.constantFrom(...KEYS);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ kind: fc.constant('put'), table, key, value: fc.nat(255) }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('remove'), table, key }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('freeze') }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('flush') }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('reopen') }) },
) as fc.Arbitrary<Step>;

/** What the store must show: a plain map for each table, sorted when asked. */
class Model {
  private readonly tables = new Map(TABLES.map((name) => [name, new Map<string, number>()]));

  of(name: string): Map<string, number> {
    return this.tables.get(name) ?? new Map<string, number>();
  }

  range(name: string, from: string): [string, number][] {
    return [...this.of(name)]
      .filter(([entry]) => byBytes(entry, from) >= 0)
      .toSorted(([a], [b]) => byBytes(a, b));
  }
}

describe('GroupStateStore', () => {
  const folder = temporaryFolders();
  let path: string;
  let timers: ManualTimers;
  let directory: DataDirectory;
  let group: GroupStateStore;
  const open = (): void => {
    timers = new ManualTimers();
    directory = DataDirectory.open(
      path,
      { nodeId: 'node1' },
      { timers, walFileBytes: WAL_FILE_BYTES },
    );
    group = directory.state.group('g');
  };
  const start = async (): Promise<void> => {
    path = folder();
    open();
    await directory.log.write([{ group: 'g', entries: logEntries(1, 400) }]);
  };

  const ranged = (name: string, from: string): [string, number | undefined][] =>
    [...group.range(name, from)].map(([entry, value]) => [entry, value[0]]);

  async function run(next: Step, model: Model): Promise<void> {
    switch (next.kind) {
      case 'put':
        group.put(next.table, next.key, Buffer.from([next.value]));
        model.of(next.table).set(next.key, next.value);
        return group.markApplied(group.appliedIndex + 1, 1);
      case 'remove':
        group.remove(next.table, next.key);
        model.of(next.table).delete(next.key);
        return group.markApplied(group.appliedIndex + 1, 1);
      case 'freeze':
        return timers.fire();
      case 'flush':
        return directory.state.flush();
      case 'reopen':
        await directory.close();
        return open();
    }
  }

  it('shows what a sorted map shows, through every state of overlay and disk', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        await start();
        const model = new Model();
        for (const next of steps) {
          await run(next, model);
          for (const name of TABLES) {
            expect(ranged(name, '')).toEqual(model.range(name, ''));
            expect(ranged(name, 'b')).toEqual(model.range(name, 'b'));
            expect(ranged(name, '\uE000')).toEqual(model.range(name, '\uE000'));
            for (const each of KEYS) {
              expect(group.get(name, each)?.[0]).toBe(model.of(name).get(each));
            }
          }
        }
        await directory.close();
      }),
      { seed: 3, numRuns: 60 },
    );
  });

  describe('a walk', () => {
    const name = (at: number): string => String(at).padStart(4, '0');
    const count = 3 * RANGE_READ_RECORDS;

    beforeEach(async () => {
      await start();
      for (let at = 0; at < count; at++) group.put('t', name(at), Buffer.from([at]));
      group.markApplied(1, 1);
      await directory.state.flush();
    });
    afterEach(() => directory.close());

    it('goes on over what the disk gives in parts', () => {
      const expected = Array.from({ length: count }, (_, at) => name(at));
      expect([...group.range('t')].map(([each]) => each)).toEqual(expected);
      expect([...group.range('t', name(100))].map(([each]) => each)).toEqual(expected.slice(100));
    });

    it('sees the changes made ahead of it', () => {
      const walked: string[] = [];
      for (const [each] of group.range('t')) {
        walked.push(each);
        group.remove('t', each);
        if (each === name(5)) group.remove('t', name(6));
        if (each === name(7)) group.put('t', `${name(7)}+`, Buffer.from('new'));
      }
      expect(walked).toHaveLength(count);
      expect(walked.slice(5, 9)).toEqual([name(5), name(7), `${name(7)}+`, name(8)]);
      expect([...group.range('t')]).toEqual([]);
      group.markApplied(2, 1);
    });

    it('goes on rightly when a commit happens in between', async () => {
      const walk = group.range('t');
      for (let at = 0; at < 10; at++) walk.next();
      group.remove('t', name(11));
      group.put('t', name(12), Buffer.from([99]));
      group.put('t', `${name(12)}+`, Buffer.from([98]));
      group.markApplied(2, 1);
      await directory.state.flush();
      expect([...walk].slice(0, 4).map(([each, value]) => [each, value[0]])).toEqual([
        [name(10), 10],
        [name(12), 99],
        [`${name(12)}+`, 98],
        [name(13), 13],
      ]);
    });
  });
});
