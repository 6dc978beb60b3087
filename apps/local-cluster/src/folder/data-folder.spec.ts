import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DataFolder } from './data-folder.js';
import { identify, isAlive } from './process-identity.js';

const SETTINGS = { '--nodes': '3', '--queue-store': 'replicated' };

describe('DataFolder', () => {
  let parent = '';
  let path = '';

  beforeEach(async () => {
    parent = await mkdtemp(join(tmpdir(), 'sinkron-folder-'));
    path = join(parent, 'data');
  });

  afterEach(async () => {
    await rm(parent, { recursive: true, force: true });
  });

  async function used(fresh = false): Promise<void> {
    const folder = await DataFolder.claim(path, fresh);
    await folder.prepare(SETTINGS, fresh);
    await mkdir(join(path, 'node1'), { recursive: true });
    await folder.release();
  }

  async function names(): Promise<readonly string[]> {
    return (await readdir(path)).toSorted();
  }

  it('makes the folder, holds it while it is used, and keeps the data', async () => {
    const folder = await DataFolder.claim(path, false);
    await folder.prepare(SETTINGS, false);
    expect(await names()).toEqual(['local-cluster.json', 'local-cluster.pid']);
    await expect(DataFolder.claim(path, false)).rejects.toThrow(
      `The data folder ${path} is in use by pid ${process.pid}: stop that cluster (Ctrl-C in its terminal, or kill ${process.pid}), or name another folder with --data.`,
    );
    await folder.release();
    await used();
    await used();
    expect(await names()).toEqual(['local-cluster.json', 'node1']);
  });

  it.each([
    ['of a process that is gone', '{"pid":4194304,"startTicks":"1"}'],
    ['of an earlier process with the same pid', `{"pid":${process.pid},"startTicks":"1"}`],
    ['that was half written', '{"pid":'],
  ])('takes over the pid file %s', async (_, content) => {
    await used();
    await writeFile(join(path, 'local-cluster.pid'), content);
    await used();
    expect(await names()).toEqual(['local-cluster.json', 'node1']);
  });

  it('takes a folder in which a launcher died before it wrote the marker', async () => {
    await mkdir(path);
    await writeFile(join(path, 'local-cluster.pid'), '{"pid":4194304,"startTicks":"1"}');
    await used();
    expect(await names()).toEqual(['local-cluster.json', 'node1']);
  });

  it('empties its own folder with --fresh, and leaves what is not its own', async () => {
    await used();
    await writeFile(join(path, 'notes.txt'), 'mine');
    const folder = await DataFolder.claim(path, true);
    await folder.prepare({ '--nodes': '4' }, true);
    await folder.release();
    expect(await names()).toEqual(['local-cluster.json', 'notes.txt']);
  });

  it.each([
    [
      true,
      (at: string) =>
        `--fresh empties only the folder of a local cluster, and ${at} is none (it holds a, b, node1, …): empty it yourself, or name another one with --data.`,
    ],
    [
      false,
      (at: string) =>
        `The data folder ${at} holds files of something else (a, b, node1, …): name an empty or a new one with --data.`,
    ],
  ])(
    "refuses another program's folder and leaves it as it is (fresh: %s)",
    async (fresh, sentence) => {
      for (const name of ['a', 'b', 'node1', 'z'])
        await mkdir(join(path, name), { recursive: true });
      await expect(DataFolder.claim(path, fresh)).rejects.toThrow(sentence(path));
      expect(await names()).toEqual(['a', 'b', 'node1', 'z']);
    },
  );

  it('does not take a file of the same name for its marker', async () => {
    await mkdir(path);
    await writeFile(join(path, 'local-cluster.json'), '{"program":"something else"}');
    await expect(DataFolder.claim(path, true)).rejects.toThrow('--fresh empties only');
  });

  it('refuses other settings, naming both', async () => {
    await used();
    const folder = await DataFolder.claim(path, false);
    await expect(folder.prepare({ ...SETTINGS, '--nodes': '4' }, false)).rejects.toThrow(
      `The cluster in ${path} was made with --nodes "3", not --nodes "4": start it with --nodes "3", name another folder with --data, or empty this one with --fresh.`,
    );
    await folder.release();
  });

  it('refuses a file in place of the folder', async () => {
    await writeFile(path, '');
    await expect(DataFolder.claim(path, false)).rejects.toThrow(
      `The data folder ${path} cannot be used (EEXIST): make it a folder that you may write to, or name another one with --data.`,
    );
  });
});

describe('process identity', () => {
  it('tells a living process from one that is gone', async () => {
    expect(await isAlive(await identify(process.pid))).toBe(true);
    expect(await isAlive({ pid: 4_194_304, startTicks: null })).toBe(false);
  });
});
