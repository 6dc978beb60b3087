import { mkdtempSync, rmSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ExitDuties } from '../processes/exit-duties.js';

/** Numbers that statfs gives file systems (linux/magic.h). */
const FILE_SYSTEMS: ReadonlyMap<number, string> = new Map([
  [0xef53, 'ext4'],
  [0x58465342, 'xfs'],
  [0x9123683e, 'btrfs'],
  [0x794c7630, 'overlayfs'],
  [0x01021994, 'tmpfs (MEMORY: flushes cost nothing here)'],
]);

export interface DataFolder {
  readonly path: string;
  remove(): void;
}

/** A fresh temporary folder that goes with the bench at the latest. */
export function createDataFolder(duties: ExitDuties): DataFolder {
  const path = mkdtempSync(join(tmpdir(), 'sinkron-bench-'));
  const remove = (): void => {
    rmSync(path, { recursive: true, force: true });
  };
  const forget = duties.add(remove);
  return {
    path,
    remove: () => {
      remove();
      forget();
    },
  };
}

/** What the data folders are on. */
export function dataFileSystem(): string {
  const { type } = statfsSync(tmpdir());
  return FILE_SYSTEMS.get(type) ?? `file system 0x${type.toString(16)}`;
}
