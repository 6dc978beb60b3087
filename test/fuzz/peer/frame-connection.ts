import { connect, type Socket } from 'node:net';
import { FrameDecoder } from '../../../libs/transport/src/frame/frame-decoder.js';
import { decodeValue, encodeFrame } from '../../../libs/transport/src/frame/message-pack.js';
import { FRAME_BYTES_MAX } from '../../../libs/transport/src/limits.js';
import { isRecord } from '../../../libs/transport/src/wire/wire-value.js';

/** Milliseconds that a node may take to answer, or to end a connection. */
const DEADLINE_MS = 20_000;

/** A connection to the peer port of a node that carries whatever it is given. */
export class FrameConnection {
  readonly packets: Readonly<Record<string, unknown>>[] = [];
  private readonly socket: Socket;
  private readonly decoder = new FrameDecoder(FRAME_BYTES_MAX);
  private ended = false;
  private wake: () => void = () => undefined;

  constructor(port: number) {
    this.socket = connect(port, '127.0.0.1');
    this.socket.setNoDelay(true);
    this.socket.on('data', (bytes) => {
      this.decoder.push(bytes, (frame) => {
        const packet = decodeValue(frame);
        if (isRecord(packet)) this.packets.push(packet);
      });
      this.wake();
    });
    // A reset is one of the ways in which a node may end a connection.
    this.socket.on('error', () => undefined);
    this.socket.on('close', () => {
      this.ended = true;
      this.wake();
    });
  }

  get closed(): boolean {
    return this.ended;
  }

  write(bytes: Uint8Array): void {
    if (!this.socket.destroyed) this.socket.write(bytes);
  }

  /** Sends a request of the framework and waits for its answer; undefined: closed, or too late. */
  async ask(pattern: string, data: object): Promise<unknown> {
    this.write(encodeFrame({ pattern, data, id: pattern }));
    const answer = () => this.packets.find(({ id }) => id === pattern);
    await this.until(() => answer() !== undefined);
    return answer()?.['response'];
  }

  /** Says that nothing more comes, and waits until the node has closed; false when it does not. */
  async end(): Promise<boolean> {
    this.socket.end();
    await this.until(() => false);
    const closedInTime = this.ended;
    this.socket.destroy();
    return closedInTime;
  }

  destroy(): void {
    this.socket.destroy();
  }

  /** Waits until a condition holds or the connection is closed. */
  private async until(condition: () => boolean): Promise<void> {
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      this.wake();
    }, DEADLINE_MS);
    while (!this.ended && !late && !condition()) {
      await new Promise<void>((resolve) => {
        this.wake = resolve;
      });
    }
    clearTimeout(timer);
  }
}
