import { ClientTCP, type TcpSocket } from '@nestjs/microservices';
import { invariant } from '@sinkron/invariant';
import type { Pattern } from '../wire/wire-message.js';
import { OutboundSocket } from './outbound-socket.js';

/**
 * Nest's TCP client for one connection to one peer. Unlike its base it connects once: a request
 * after the connection was lost fails, where the base would open another without a handshake.
 */
export class ChannelClient extends ClientTCP {
  /** Settles when the connection is gone, however it ended. */
  readonly closed: Promise<void>;
  #outbound: OutboundSocket | undefined;
  #settleClosed: () => void = () => {};
  #ended = false;

  constructor(address: { readonly host: string; readonly port: number }) {
    super({ host: address.host, port: address.port, socketClass: OutboundSocket });
    this.closed = new Promise((resolve) => {
      this.#settleClosed = resolve;
    });
  }

  /** Whether packets can be written. */
  get open(): boolean {
    return !this.#ended && this.#outbound?.open === true;
  }

  get unsentBytes(): number {
    return this.#outbound?.unsentBytes ?? 0;
  }

  get takenBytes(): number {
    return this.#outbound?.takenBytes ?? 0;
  }

  /** In milliseconds of `performance.now()`. */
  get lastHeardAt(): number | undefined {
    return this.#outbound?.lastHeardAt;
  }

  /** Why this side has ended the connection. */
  get fault(): Error | undefined {
    return this.#outbound?.fault;
  }

  /** @throws Error when the connection was already lost. */
  override async connect(): Promise<void> {
    if (this.#ended) throw new Error('the connection is closed');
    await super.connect();
  }

  override createSocket(): TcpSocket {
    invariant(this.#outbound === undefined, 'ChannelClient: one connection');
    const socket = super.createSocket();
    invariant(socket instanceof OutboundSocket, 'ChannelClient: Nest uses our socket class');
    this.#outbound = socket;
    socket.netSocket.once('close', () => {
      this.#ended = true;
      this.#settleClosed();
    });
    return socket;
  }

  /**
   * Writes an event now: without the promise and the observable that `emit` makes for each.
   *
   * @returns false when nothing was written, and nothing will be.
   */
  emitNow(pattern: Pattern, data: unknown): boolean {
    if (!this.open || this.#outbound === undefined) return false;
    this.#outbound.sendMessage({ pattern, data });
    return true;
  }

  /** Ends the connection at once. */
  destroy(fault?: Error): void {
    this.#ended = true;
    if (this.#outbound === undefined) this.#settleClosed();
    else this.#outbound.destroy(fault);
  }

  /** Nest would log each reset by a peer as an error; the channel reports what matters. */
  override handleError(): void {}
}
