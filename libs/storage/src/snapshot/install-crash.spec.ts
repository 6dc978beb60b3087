import { once } from 'node:events';
import { cpSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DataDirectory } from '../directory/data-directory.js';
import { SCRAP_RECORDS_PER_COMMIT } from '../limits.js';
import { spawnScript } from '../test-support/child-process.js';
import { logEntries } from '../test-support/log-entries.js';
import { partsOf, swept, tableOf } from '../test-support/snapshots.js';
import { temporaryFolders } from '../test-support/temporary-folder.js';

const POINT = { index: 90, term: 4, timeMs: 1_700_000_000_000.5 };
const RECORDS = 2 * SCRAP_RECORDS_PER_COMMIT + 1;
const PARTS = 3;
/** The parts, the switch, and the removal of the replaced state: 2,000 records and the rest. */
const COMMITS = PARTS + 1 + 3;

/** Moments within a commit at which the process is killed, microseconds from its start. */
const DELAYS_US = [0, 150, 400, 1_000];

describe('a process killed while it installs a snapshot', () => {
  const folder = temporaryFolders();
  let template: string;
  let partsFile: string;

  async function make(
    path: string,
    of: { nodeId: string; applied: number; value: string },
  ): Promise<DataDirectory> {
    const { nodeId, applied, value } = of;
    const directory = DataDirectory.open(path, { nodeId });
    await directory.log.write([{ group: 'g', entries: logEntries(1, applied, POINT.term) }]);
    const group = directory.state.group('g');
    for (let at = 0; at < RECORDS; at++) group.put('t', `k${at}`, Buffer.from(value));
    group.markApplied(applied, POINT.term);
    await directory.state.flush();
    return directory;
  }

  beforeAll(async () => {
    const other = await make(folder(), { nodeId: 'node2', applied: 90, value: 'new' });
    const source = other.state.openSnapshot('g');
    const parts = source ? partsOf(source) : [];
    expect(parts).toHaveLength(PARTS + 1);
    await other.close();
    partsFile = join(folder(), 'parts');
    writeFileSync(partsFile, parts.map((part) => Buffer.from(part).toString('base64')).join('\n'));

    template = folder();
    await (await make(template, { nodeId: 'node1', applied: 40, value: 'old' })).close();
  });

  /** @returns whether the new state is there; fails unless it is the old or the new, whole. */
  async function stateAfter(path: string): Promise<'old' | 'new'> {
    const directory = DataDirectory.open(path, { nodeId: 'node1' });
    const { log, state } = directory;
    const group = state.group('g');
    const is = group.installed === null ? 'old' : 'new';
    const values = new Set(tableOf(directory, 'g', 't').map(([, value]) => value));
    expect([[...values], tableOf(directory, 'g', 't').length]).toEqual([[is], RECORDS]);
    expect([group.installed, group.appliedIndex, group.flushedIndex]).toEqual(
      is === 'new' ? [POINT, 90, 90] : [null, 40, 40],
    );
    await swept(directory);
    const { disk } = state as unknown as { disk: { records: { getKeysCount(): number } } };
    expect(disk.records.getKeysCount()).toBe(RECORDS + (is === 'new' ? 2 : 1));
    if (is === 'new') await log.write([{ group: 'g', entries: [], compactThrough: POINT }]);
    await directory.close();
    const again = DataDirectory.open(path, { nodeId: 'node1' });
    expect([again.state.scrapCount, again.state.group('g').appliedIndex]).toEqual([
      0,
      is === 'new' ? 90 : 40,
    ]);
    await again.close();
    return is;
  }

  async function killed(commit: number, delayUs?: number): Promise<'old' | 'new'> {
    const path = folder();
    cpSync(template, path, { recursive: true });
    const when = [String(commit), ...(delayUs === undefined ? [] : [String(delayUs)])];
    const child = spawnScript(
      'crash-installer.ts',
      path,
      partsFile,
      JSON.stringify(POINT),
      ...when,
    );
    await once(child, 'exit');
    expect(child.signalCode).toBe('SIGKILL');
    return stateAfter(path);
  }

  it('has the old state or the new one after each commit, and nothing else is left', async () => {
    const states: string[] = [];
    for (let commit = 1; commit <= COMMITS; commit++) states.push(await killed(commit));
    expect(states).toEqual(['old', 'old', 'old', 'new', 'new', 'new', 'new']);
  });

  it.each(DELAYS_US)('has one of the two %i µs into a commit', async (delayUs) => {
    for (const [commit, states] of [
      [2, ['old']],
      [PARTS + 1, ['old', 'new']],
      [PARTS + 2, ['new']],
    ] as const) {
      expect(states).toContain(await killed(commit, delayUs));
    }
  });
});
