import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import {
  PAGE_RESERVE_CHECK_BYTES,
  PAGE_RESERVE_LOW_BYTES,
  PAGE_RESERVE_STEP_BYTES,
} from '../limits.js';
import { temporaryFolders } from '../test-support/temporary-folder.js';
import { Environment, type Change } from './environment.js';
import { PageReserve } from './page-reserve.js';

const VALUE_BYTES = 400_000;

describe('The reserve of pages', () => {
  const folder = temporaryFolders();

  function open(path: string, mapBytes = 1024 ** 3): Environment {
    return Environment.open({ path, mapBytes, tables: ['entries'] });
  }

  function change(environment: Environment, at: number): Change {
    const key = Buffer.alloc(4);
    key.writeUInt32BE(at);
    return { table: environment.table('entries'), key, value: Buffer.alloc(VALUE_BYTES, at + 1) };
  }

  it('is there from the first commit on, zeros behind the pages in use', async () => {
    const path = folder();
    const environment = open(path);
    await environment.commit([change(environment, 0)]);
    const usedBytes = environment.usedBytes;
    await environment.close();
    const bytes = readFileSync(join(path, 'data.mdb'));
    expect(bytes.length).toBeGreaterThanOrEqual(PAGE_RESERVE_STEP_BYTES);
    const behind = bytes.subarray(usedBytes + 1024 ** 2);
    expect(behind.equals(Buffer.alloc(behind.length))).toBe(true);
  });

  it('stays ahead of what is written, and harms nothing of it', async () => {
    const path = folder();
    const file = join(path, 'data.mdb');
    const environment = open(path);
    const count = 60;
    for (let at = 0; at < count; at += 1) {
      await environment.commit([change(environment, at)]);
      const leftBytes = statSync(file).size - environment.usedBytes;
      expect(leftBytes).toBeGreaterThan(
        PAGE_RESERVE_LOW_BYTES - 2 * (PAGE_RESERVE_CHECK_BYTES + VALUE_BYTES),
      );
    }
    await environment.close();
    const reopened = open(path);
    for (let at = 0; at < count; at += 1) {
      const { table, key, value } = change(reopened, at);
      expect(value && reopened.get(table, key)?.equals(value)).toBe(true);
    }
    await reopened.close();
  });

  it('does not lead beyond the map', async () => {
    const path = folder();
    const environment = open(path, 2 * 1024 ** 2);
    await environment.commit([change(environment, 0)]);
    await environment.close();
    expect(statSync(join(path, 'data.mdb')).size).toBe(2 * 1024 ** 2);
  });

  it('is looked at again after so many bytes, and goes without when it cannot be written', async () => {
    const reserve = new PageReserve(join(folder(), 'missing'), 1024 ** 3);
    expect(reserve.due).toBe(true);
    await reserve.keepAhead(0);
    expect(reserve.due).toBe(false);
    reserve.written(PAGE_RESERVE_CHECK_BYTES - 1);
    expect(reserve.due).toBe(false);
    reserve.written(1);
    expect(reserve.due).toBe(true);
  });
});
