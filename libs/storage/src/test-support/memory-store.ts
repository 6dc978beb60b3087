import type { Change, Table } from '../environment/environment.js';
import { absorbedChange, type AbsorbingStore } from '../wal/absorber.js';

/** In place of LMDB behind a write-ahead log: tables in memory, whose commits end when a test says so. */
export class MemoryStore implements AbsorbingStore {
  readonly tables: readonly Table[];
  private readonly content: readonly Map<string, Buffer>[];
  /** Commits that have begun and not ended. */
  readonly commits: { end(): void; fail(error: Error): void; apply(): void }[] = [];
  /** Commits end by themselves, in a later turn. */
  automatic = true;
  /** Called by `commitSync`: may throw before or after. */
  onSync: (apply: () => void) => void = (apply) => apply();

  constructor(readonly path: string) {
    this.content = [new Map(), new Map()];
    this.tables = this.content.map(
      (map) =>
        ({ getBinary: (key: Buffer) => map.get(key.toString('latin1')) }) as unknown as Table,
    );
    this.apply([absorbedChange(this.metaTable, 0)]);
  }

  get metaTable(): Table {
    return this.table(0);
  }

  get entriesTable(): Table {
    return this.table(1);
  }

  /** What the table of entries holds. */
  get entries(): Record<string, string> {
    return Object.fromEntries(
      [...(this.content[1] ?? [])]
        .map(([key, value]) => [key, value.toString('latin1')] as const)
        .sort(([a], [b]) => (a < b ? -1 : 1)),
    );
  }

  commit(changes: readonly Change[]): Promise<void> {
    return new Promise((resolve, reject) => {
      const commit = {
        apply: () => this.apply(changes),
        end: () => {
          if (!this.commits.includes(commit)) return;
          this.commits.splice(this.commits.indexOf(commit), 1);
          this.apply(changes);
          resolve();
        },
        fail: reject,
      };
      this.commits.push(commit);
      if (this.automatic) setImmediate(commit.end);
    });
  }

  commitSync(changes: readonly Change[]): void {
    this.onSync(() => this.apply(changes));
  }

  private apply(changes: readonly Change[]): void {
    for (const { table, key, value } of changes) {
      const map = this.content[this.tables.indexOf(table)];
      const name = key.toString('latin1');
      // A copy: the changes of a replay are views into what was read.
      if (value === null) map?.delete(name);
      else map?.set(name, Buffer.from(value));
    }
  }

  private table(at: number): Table {
    const table = this.tables[at];
    if (table === undefined) throw new Error(`no table ${at}`);
    return table;
  }
}
