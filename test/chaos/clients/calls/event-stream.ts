import type { Readable } from 'node:stream';
import { parsedBody } from '../../../support/json-client.js';
import type { TryResult } from './call.js';

/** A Server-Sent Event that has data. */
export interface StreamEvent {
  readonly event: string;
  /** Parsed JSON. */
  readonly data: unknown;
  /** When it came, milliseconds since the start of the run. */
  readonly at: number;
}

/** An answer that goes on, or why there is none. */
export type OpenedStream =
  | { readonly kind: 'open'; readonly events: EventStream }
  | { readonly kind: 'failed'; readonly result: TryResult };

/** Events as they come, until either side ends the stream. */
export class EventStream {
  /** When the end was seen, or brought about; milliseconds since the start of the run. */
  endedAt: number | null = null;
  private text = '';
  private readonly waiting: StreamEvent[] = [];
  private wake: (() => void) | undefined;

  constructor(
    private readonly body: Readable,
    private readonly now: () => number,
  ) {
    body.setEncoding('utf8');
    body.on('data', (part: string) => this.read(part));
    for (const end of ['end', 'error', 'close']) body.on(end, () => this.ended());
  }

  /** The next event; null when none will come, or none came before `until`. */
  async next(until: number): Promise<StreamEvent | null> {
    while (this.waiting.length === 0 && this.endedAt === null) {
      const leftMs = until - this.now();
      if (leftMs <= 0) return null;
      await this.somethingWithin(leftMs);
    }
    return this.waiting.shift() ?? null;
  }

  close(): void {
    this.ended();
    this.body.destroy();
  }

  private read(part: string): void {
    const blocks = `${this.text}${part}`.split('\n\n');
    this.text = blocks.pop() ?? '';
    for (const block of blocks) {
      const event = eventIn(block, this.now());
      if (event !== null) this.waiting.push(event);
    }
    this.wake?.();
  }

  private ended(): void {
    this.endedAt ??= this.now();
    this.wake?.();
  }

  private async somethingWithin(ms: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.wake = undefined;
  }
}

/** Null for comments. */
function eventIn(block: string, at: number): StreamEvent | null {
  const fields = new Map(
    block.split('\n').map((line) => {
      const colon = line.indexOf(': ');
      return [line.slice(0, Math.max(0, colon)), line.slice(colon + 2)] as const;
    }),
  );
  const data = fields.get('data');
  if (data === undefined) return null;
  return { event: fields.get('event') ?? 'message', data: parsedBody(data), at };
}
