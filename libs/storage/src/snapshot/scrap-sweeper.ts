import { SCRAP_RECORDS_PER_COMMIT } from '../limits.js';
import type { StateDisk } from '../state/state-disk.js';
import { ordinalStart } from '../state/state-key.js';

/**
 * Removes the records of scrap ordinals in the background, `SCRAP_RECORDS_PER_COMMIT` in each
 * transaction, and frees an ordinal with its last ones. What is left when the process ends is found
 * at the next start.
 */
export class ScrapSweeper {
  private readonly waiting: number[] = [];
  private running = false;
  private closed = false;

  constructor(private readonly disk: StateDisk) {}

  add(ordinal: number): void {
    this.waiting.push(ordinal);
    if (this.running) return;
    this.running = true;
    void this.run();
  }

  /** Ordinals that are not removed yet. */
  get count(): number {
    return this.waiting.length;
  }

  /** Ends after the transaction that runs. */
  close(): void {
    this.closed = true;
  }

  private async run(): Promise<void> {
    for (let ordinal = this.waiting[0]; ordinal !== undefined; ordinal = this.waiting[0]) {
      const next = ordinal;
      if (!(await this.disk.write(() => this.step(next)))) return;
      if (this.closed) return;
    }
    this.running = false;
  }

  private async step(ordinal: number): Promise<void> {
    const { records: table, directory } = this.disk;
    const range = { start: ordinalStart(ordinal), end: ordinalStart(ordinal + 1) };
    const keys = [...table.getKeys({ ...range, limit: SCRAP_RECORDS_PER_COMMIT })];
    const removals = keys.map((key) => ({ table, key, value: null }));
    if (keys.length === SCRAP_RECORDS_PER_COMMIT) {
      await this.disk.commit(removals);
      return;
    }
    directory.free(ordinal);
    await this.disk.commit([...removals, directory.record()]);
    this.waiting.shift();
  }
}
