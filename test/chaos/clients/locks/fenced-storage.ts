/** Who writes, and by which right. */
export interface Writer {
  readonly owner: string;
  readonly token: number;
  /** When its lease ends by its own clock, milliseconds since the start of the run. */
  readonly until: number;
}

interface Cell {
  token: number;
  owner: string;
  value: number;
}

/**
 * What the locks protect: a counter for each, in a storage that keeps the largest token it has seen
 * and refuses smaller ones.
 *
 * A writer whose exclusive lease has not ended must be refused by nobody, and must find what it read.
 */
export class FencedStorage {
  private readonly cells = new Map<string, Cell>();
  /** Sentences, each a proof that two held a lock at once. */
  readonly violations: string[] = [];
  private writes = 0;

  constructor(private readonly now: () => number) {}

  /** Writes that were accepted. */
  get accepted(): number {
    return this.writes;
  }

  /** The counter of a lock, which from now on refuses earlier tokens; null: it refuses this one. */
  read(lock: string, writer: Writer): number | null {
    const cell = this.cells.get(lock) ?? { token: 0, owner: 'nobody', value: 0 };
    this.cells.set(lock, cell);
    if (!this.accepts(lock, cell, writer)) return null;
    cell.token = writer.token;
    cell.owner = writer.owner;
    return cell.value;
  }

  /** Counts one up from what was read. */
  write(lock: string, writer: Writer, seen: number): void {
    const cell = this.cells.get(lock);
    if (cell === undefined || !this.accepts(lock, cell, writer)) return;
    if (cell.value !== seen) {
      const found = `it read ${seen} and finds ${cell.value} by ${cell.owner}`;
      this.violations.push(`${describe(lock, writer)}: ${found}`);
    }
    cell.value += 1;
    this.writes += 1;
  }

  private accepts(lock: string, cell: Cell, writer: Writer): boolean {
    if (writer.token >= cell.token) return true;
    if (this.now() < writer.until) {
      const later = `${cell.owner} was here with token ${cell.token}`;
      this.violations.push(`${describe(lock, writer)}, whose lease has not ended: ${later}`);
    }
    return false;
  }
}

function describe(lock: string, { owner, token }: Writer): string {
  return `${lock}: ${owner} with token ${token}`;
}
