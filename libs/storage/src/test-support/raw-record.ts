import { join } from 'node:path';
import { open, type Database } from 'lmdb';

const ENCODING = { encoding: 'binary', keyEncoding: 'binary' } as const;

/** Changes a closed folder's database behind the product's back. */
export async function editRaw(
  folder: string,
  where: { environment: 'log' | 'state'; table: string },
  edit: (table: Database<Buffer, Buffer>) => void,
): Promise<void> {
  const root = open<Buffer, Buffer>({
    ...ENCODING,
    path: join(folder, where.environment),
    overlappingSync: false,
    pageSize: 4_096,
    maxDbs: 4,
  });
  edit(root.openDB<Buffer, Buffer>({ ...ENCODING, name: where.table }));
  await root.close();
}

/** Flips one bit of a record's value. `byte` counts from the end when it is negative. */
export function flipBit(table: Database<Buffer, Buffer>, key: Buffer, byte: number): void {
  const value = Buffer.from(table.get(key) ?? Buffer.alloc(0));
  const at = byte < 0 ? value.length + byte : byte;
  value[at] = (value[at] ?? 0) ^ 0x10;
  table.putSync(key, value);
}
