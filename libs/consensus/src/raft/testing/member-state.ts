import { invariant } from '@sinkron/invariant';
import type { Entry } from '../core/entry.js';
import { logIndex, term } from '../core/identifiers.js';
import { decodeConfiguration } from '../core/membership/configuration-codec.js';
import type { Configuration } from '../core/membership/configuration.js';
import type { LogPoint } from '../core/log/log-point.js';
import type { GroupState, SnapshotPoint, SnapshotSink, SnapshotSource } from '../driver/ports.js';
import { entry } from './entries.js';

/** Few enough for a snapshot to end in a walk, more than fit into the first window of a stream. */
const PARTS = 5;

type Row = readonly [
  index: number,
  term: number,
  timeMs: number,
  kind: Entry['kind'],
  data: readonly number[],
];

/**
 * A state machine that remembers every entry, on a disk that flushes and installs when it is told
 * to. Its snapshots are those entries.
 */
export class MemberState implements Pick<
  GroupState,
  'appliedIndex' | 'flushedIndex' | 'installed' | 'openSnapshot' | 'beginInstall'
> {
  private entries: Entry[];
  private flushedCount: number;
  private lastInstalled: LogPoint | null = null;
  private finishing: (() => void) | null = null;

  /** @param applied what is found on the disk. */
  constructor(applied: readonly Entry[]) {
    this.entries = [...applied];
    this.flushedCount = applied.length;
  }

  get applied(): readonly Entry[] {
    return this.entries;
  }

  get appliedIndex(): number {
    return this.entries.length;
  }

  get flushedIndex(): number {
    return this.flushedCount;
  }

  get installed(): LogPoint | null {
    return this.lastInstalled;
  }

  /** As the applied entries tell them. */
  members(founders: Configuration): Configuration {
    const last = this.entries.findLast(({ kind }) => kind === 'configuration');
    return last === undefined ? founders : decodeConfiguration(last.data);
  }

  apply(next: Entry): void {
    invariant(next.index === this.entries.length + 1, 'MemberState: applies in order', {
      index: next.index,
    });
    this.entries.push(next);
  }

  flush(): void {
    this.flushedCount = this.entries.length;
  }

  /** Ends an installation that waits for the disk. @returns whether there was one. */
  finishInstall(): boolean {
    const finish = this.finishing;
    this.finishing = null;
    finish?.();
    return finish !== null;
  }

  /** Power is cut: of what was applied and not flushed, `kept` entries happened to be written. */
  crash(kept: number): void {
    this.finishing = null;
    this.entries = this.entries.slice(0, Math.max(kept, this.flushedCount));
    this.flushedCount = this.entries.length;
  }

  openSnapshot(): SnapshotSource | null {
    const last = this.entries[this.flushedCount - 1];
    if (last === undefined) return null;
    const rest = this.entries.slice(0, this.flushedCount);
    const perPart = Math.ceil(rest.length / PARTS);
    return {
      index: last.index,
      term: last.term,
      next: () => (rest.length === 0 ? null : encodeRows(rest.splice(0, perPart))),
      close: () => {},
    };
  }

  beginInstall(point: SnapshotPoint): SnapshotSink {
    const staged: Entry[] = [];
    return {
      write: (part, written) => {
        staged.push(...decodeRows(part));
        written();
      },
      finish: (done) => {
        this.finishing = () => {
          this.replace(staged, point);
          done();
        };
      },
      abort: () => {},
    };
  }

  private replace(staged: readonly Entry[], point: SnapshotPoint): void {
    const last = staged.at(-1);
    invariant(last?.index === point.index, 'MemberState: the snapshot is whole', { point });
    invariant(point.index > this.entries.length, 'MemberState: the state never goes back', {
      point,
      applied: this.entries.length,
    });
    this.entries = [...staged];
    this.flushedCount = staged.length;
    this.lastInstalled = {
      index: logIndex(point.index),
      term: term(point.term),
      timeMs: point.timeMs,
    };
  }
}

function encodeRows(entries: readonly Entry[]): Uint8Array {
  const rows = entries.map(({ index, term: entryTerm, timeMs, kind, data }): Row => [
    index,
    entryTerm,
    timeMs,
    kind,
    [...data],
  ]);
  return new TextEncoder().encode(JSON.stringify(rows));
}

function decodeRows(part: Uint8Array): readonly Entry[] {
  const rows = JSON.parse(new TextDecoder().decode(part)) as readonly Row[];
  return rows.map(([index, entryTerm, timeMs, kind, data]) => ({
    ...entry(index, entryTerm, '', timeMs, kind),
    data: new Uint8Array(data),
  }));
}
