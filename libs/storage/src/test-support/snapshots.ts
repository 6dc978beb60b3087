import type { DataDirectory } from '../directory/data-directory.js';
import { encodePart } from '../snapshot/snapshot-part.js';
import type { StateSnapshotSink } from '../snapshot/state-snapshot-sink.js';
import type { StateSnapshotSource } from '../snapshot/state-snapshot-source.js';
import type { SnapshotPoint } from '../state/group-records.js';

/** All parts that are left, the last one included. */
export function partsOf(source: StateSnapshotSource, bytesMax = 64 * 1024): Uint8Array[] {
  const parts: Uint8Array[] = [];
  for (let part = source.next(bytesMax); part !== null; part = source.next(bytesMax)) {
    parts.push(part);
  }
  return parts;
}

export function written(sink: StateSnapshotSink, part: Uint8Array): Promise<void> {
  return new Promise((resolve) => sink.write(part, resolve));
}

export async function writeAll(
  sink: StateSnapshotSink,
  parts: readonly Uint8Array[],
): Promise<void> {
  for (const part of parts) await written(sink, part);
}

export function finished(sink: StateSnapshotSink): Promise<void> {
  return new Promise((resolve) => sink.finish(resolve));
}

/** Replaces the state of a group by an empty one. */
export async function install(
  directory: DataDirectory,
  group: string,
  point: SnapshotPoint,
): Promise<void> {
  const { index, term } = point;
  const sink = directory.state.beginInstall(group, point);
  const content = { kind: 'end', recordCount: 0 } as const;
  await written(sink, encodePart({ sequence: 0, index, term, content }));
  await finished(sink);
}

/** A table as a reader sees it. */
export function tableOf(
  directory: DataDirectory,
  group: string,
  table: string,
): [string, string][] {
  return [...directory.state.group(group).range(table)].map(([key, value]) => [
    key,
    Buffer.from(value).toString(),
  ]);
}

/** Resolves when nothing replaced or given up is left. */
export async function swept(directory: DataDirectory): Promise<void> {
  while (directory.state.scrapCount > 0) await new Promise(setImmediate);
}
