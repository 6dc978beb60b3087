import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A folder for one test file's tests; each call names a fresh one, all are removed at the end. */
export function temporaryFolders(): () => string {
  const made: string[] = [];
  afterAll(() => made.forEach((path) => rmSync(path, { recursive: true, force: true })));
  return () => {
    const path = mkdtempSync(join(tmpdir(), 'sinkron-storage-'));
    made.push(path);
    return path;
  };
}
