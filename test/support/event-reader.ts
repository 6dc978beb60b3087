import { request, type ClientRequest, type IncomingMessage } from 'node:http';
import { eventually } from './eventually.js';
import { READY_DEADLINE_MS } from './limits.js';

/** One event of a stream as it came. */
export interface ReceivedEvent {
  /** Empty when it has none, as `reset`. */
  readonly id: string;
  readonly event: string;
  readonly data: unknown;
}

/** Reads Server-Sent Events from one node, as a browser would but for its reconnects. */
export class EventReader {
  private received = '';
  private answer: IncomingMessage | undefined;
  private over = false;
  private readonly sent: ClientRequest;

  private constructor(url: string, lastEventId: string | undefined) {
    this.sent = request(url, {
      agent: false,
      headers: {
        accept: 'text/event-stream',
        ...(lastEventId === undefined ? {} : { 'last-event-id': lastEventId }),
      },
    });
    this.sent.on('error', () => (this.over = true));
    this.sent.on('close', () => (this.over = true));
    this.sent.on('response', (answer) => {
      this.answer = answer;
      answer.setEncoding('utf8').on('data', (text: string) => (this.received += text));
      answer.on('error', () => undefined);
    });
    this.sent.end();
  }

  /** Comes back with the head of the answer: what happens from now on will be told. */
  static async open(url: string, lastEventId?: string): Promise<EventReader> {
    const reader = new EventReader(url, lastEventId);
    await eventually(`${url} answers`, READY_DEADLINE_MS, () =>
      reader.answer === undefined ? undefined : true,
    );
    return reader;
  }

  get status(): number {
    return this.answer?.statusCode ?? 0;
  }

  get headers(): IncomingMessage['headers'] {
    return this.answer?.headers ?? {};
  }

  /** All that came so far, comments included. */
  get text(): string {
    return this.received;
  }

  /** Whether either side has ended the stream. */
  get isOver(): boolean {
    return this.over;
  }

  /** The events so far, complete ones only. */
  get events(): readonly ReceivedEvent[] {
    const blocks = this.received.split('\n\n').slice(0, -1);
    return blocks.filter((block) => /^event: /m.test(block)).map(eventOf);
  }

  /** The newest id that was sent, from which a reader resumes. */
  get lastId(): string {
    return [...this.received.matchAll(/^id: (.*)$/gm)].at(-1)?.[1] ?? '';
  }

  /** Waits until there are `count` events, and returns all there are. */
  async until(count: number): Promise<readonly ReceivedEvent[]> {
    return await eventually(`${count} events have come`, READY_DEADLINE_MS, () => {
      const { events } = this;
      if (events.length < count && this.over) throw new Error(`over after ${events.length} events`);
      return events.length < count ? undefined : events;
    });
  }

  close(): void {
    this.sent.destroy();
  }
}

function eventOf(block: string): ReceivedEvent {
  const field = (name: string): string => new RegExp(`^${name}: (.*)$`, 'm').exec(block)?.[1] ?? '';
  return { id: field('id'), event: field('event'), data: JSON.parse(field('data')) as unknown };
}
