import { connect, type Socket } from 'node:net';
import { AnswerReader, type WireAnswer } from './answer-reader.js';

/** What became of a request on a connection. */
export type Outcome =
  | { readonly kind: 'answered'; readonly answer: WireAnswer }
  /** The server ended the connection first. */
  | { readonly kind: 'closed'; readonly bytesBefore: number }
  /** There was no answer in time, and this side ended the connection. */
  | { readonly kind: 'left' }
  | { readonly kind: 'broken'; readonly error: Error };

/** A TCP connection to a node that carries whatever it is given. */
export class WireConnection {
  /** Requests that were answered on it. */
  exchanges = 0;
  private readonly reader = new AnswerReader();
  private readonly socket: Socket;
  private ended = false;
  private received = 0;
  private wake: () => void = () => undefined;

  constructor(port: number) {
    this.socket = connect(port, '127.0.0.1');
    this.socket.setNoDelay(true);
    this.socket.on('data', (chunk) => {
      this.received += chunk.length;
      this.reader.push(chunk);
      this.wake();
    });
    // A reset is one of the ways in which a server may end a connection.
    this.socket.on('error', () => undefined);
    this.socket.on('close', () => {
      this.ended = true;
      this.wake();
    });
    // The server may send its answer and then its end: both are here before this side ends too.
    this.socket.on('end', () => {
      this.ended = true;
      this.wake();
    });
  }

  /** Whether the server, or this side, has ended it. */
  get closed(): boolean {
    return this.ended;
  }

  /** Bytes of the server that belong to no answer so far. */
  get strayBytes(): number {
    return this.reader.unread;
  }

  write(bytes: Buffer | string): void {
    if (!this.socket.destroyed) this.socket.write(bytes);
  }

  /** Says that nothing more will be sent, and goes on reading. */
  end(): void {
    this.socket.end();
  }

  destroy(): void {
    this.ended = true;
    this.socket.destroy();
  }

  /** Waits for the next answer; what is not there after `patienceMs` is not waited for. */
  async answer(toHead: boolean, patienceMs: number): Promise<Outcome> {
    const before = this.received;
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      this.wake();
    }, patienceMs);
    try {
      for (;;) {
        const answer = this.reader.next(toHead);
        if (answer !== undefined) {
          this.exchanges += 1;
          if (answer.endless) this.destroy();
          return { kind: 'answered', answer };
        }
        if (this.ended) return { kind: 'closed', bytesBefore: this.received - before };
        if (late) {
          this.destroy();
          return { kind: 'left' };
        }
        await new Promise<void>((resolve) => {
          this.wake = resolve;
        });
      }
    } catch (error) {
      this.destroy();
      return { kind: 'broken', error: error instanceof Error ? error : new Error(String(error)) };
    } finally {
      clearTimeout(timer);
    }
  }
}
