import { createHash } from 'node:crypto';

/** Lines kept to show what led to a violation. */
const TAIL_LINES = 40;

/** What happened, event by event, and a hash over all of it: equal hashes mean equal runs. */
export class Trace {
  private readonly hash = createHash('sha256');
  private readonly lines: string[] = [];

  /** @param print gets every line, when somebody wants to read them all. */
  constructor(private readonly print: ((line: string) => void) | null) {}

  add(line: string): void {
    this.hash.update(line);
    this.hash.update('\n');
    this.print?.(line);
    this.lines.push(line);
    if (this.lines.length >= 2 * TAIL_LINES) this.lines.splice(0, TAIL_LINES);
  }

  get tail(): readonly string[] {
    return this.lines.slice(-TAIL_LINES);
  }

  /** The first 16 hexadecimal digits of SHA-256 over all lines so far. */
  get digest(): string {
    return this.hash.copy().digest('hex').slice(0, 16);
  }
}
