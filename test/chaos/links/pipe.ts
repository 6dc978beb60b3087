import type { Socket } from 'node:net';
import { PIPE_BYTES_MAX } from '../limits.js';
import type { LinkRule } from './link-rule.js';

interface Chunk {
  readonly bytes: Buffer;
  /** When it may go on, by `performance.now()`. */
  readonly dueAtMs: number;
}

/**
 * One direction of one connection: bytes, and the end of the connection, go through in order, each
 * when the rule of the moment lets it.
 */
export class Pipe {
  private readonly waiting: Chunk[] = [];
  private waitingBytes = 0;
  private rule: LinkRule;
  /** The source has ended; the sink learns of it behind the last byte. */
  private ended = false;
  private timer: NodeJS.Timeout | null = null;
  private lastDueMs = 0;

  /** @param chance a number from 0 to 1, drawn anew at each call; for the jitter. */
  constructor(
    private readonly source: Socket,
    private readonly sink: Socket,
    rule: LinkRule,
    private readonly chance: () => number,
  ) {
    this.rule = rule;
    source.on('data', (bytes) => this.take(bytes));
    source.on('error', () => undefined);
    source.on('close', () => {
      this.ended = true;
      this.pump();
    });
    sink.on('drain', () => this.pump());
  }

  /** From now on, also for what waits here already. */
  obey(rule: LinkRule): void {
    this.rule = rule;
    if (rule.kind === 'open') {
      this.lastDueMs = 0;
      const rest = this.waiting.splice(0);
      this.waiting.push(...rest.map(({ bytes }) => ({ bytes, dueAtMs: 0 })));
    }
    this.pump();
  }

  /** Takes bytes as if the source had sent them now. */
  take(bytes: Buffer): void {
    this.waiting.push({ bytes, dueAtMs: this.dueAt(bytes.length) });
    this.waitingBytes += bytes.length;
    if (this.waitingBytes > PIPE_BYTES_MAX) this.source.pause();
    this.pump();
  }

  close(): void {
    this.clearTimer();
    this.source.destroy();
    this.sink.destroy();
  }

  private dueAt(bytes: number): number {
    const { rule } = this;
    if (rule.kind !== 'slow') return 0;
    const { delayMs, jitterMs, bytesPerSecond } = rule;
    const now = performance.now();
    const sentMs = (bytes / bytesPerSecond) * 1_000;
    const arrivesMs = now + delayMs + jitterMs * this.chance();
    this.lastDueMs = Math.max(this.lastDueMs + sentMs, arrivesMs + sentMs);
    return this.lastDueMs;
  }

  private pump(): void {
    this.clearTimer();
    if (this.rule.kind === 'cut') return;
    for (;;) {
      const [chunk] = this.waiting;
      if (chunk === undefined) break;
      const inMs = chunk.dueAtMs - performance.now();
      if (inMs > 0) {
        this.timer = setTimeout(() => this.pump(), inMs);
        return;
      }
      if (this.sink.writableNeedDrain) return;
      this.waiting.shift();
      this.waitingBytes -= chunk.bytes.length;
      if (this.sink.writable) this.sink.write(chunk.bytes);
    }
    this.source.resume();
    if (this.ended) this.sink.destroySoon();
  }

  private clearTimer(): void {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
  }
}
