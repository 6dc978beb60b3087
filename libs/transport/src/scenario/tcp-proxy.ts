import { connect, createServer, type Server, type Socket } from 'node:net';

/** A way between two nodes that a test can freeze, as a network does, without closing anything. */
export class TcpProxy {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #frozen = false;
  /** Bytes that came from the side that dials. */
  forwardBytes = 0;

  private constructor(target: number) {
    this.#server = createServer((near) => {
      const far = connect(target, '127.0.0.1');
      this.#join(near, far, true);
      this.#join(far, near, false);
    });
  }

  /** Listens on `port` and passes everything on to `target`. */
  static async listen(port: number, target: number): Promise<TcpProxy> {
    const proxy = new TcpProxy(target);
    await new Promise<void>((resolve) => proxy.#server.listen(port, '127.0.0.1', resolve));
    return proxy;
  }

  get connectionCount(): number {
    return this.#sockets.size / 2;
  }

  /** Accepts on, but passes nothing any more. */
  freeze(): void {
    this.#frozen = true;
    for (const socket of this.#sockets) socket.pause();
  }

  /** Passes on again, what has waited first. */
  thaw(): void {
    this.#frozen = false;
    for (const socket of this.#sockets) socket.resume();
  }

  /** Closes all connections; new ones are accepted. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  async close(): Promise<void> {
    this.cut();
    await new Promise<unknown>((resolve) => this.#server.close(resolve));
  }

  #join(from: Socket, to: Socket, isForward: boolean): void {
    this.#sockets.add(from);
    if (this.#frozen) from.pause();
    from.on('data', (bytes) => {
      if (isForward) this.forwardBytes += bytes.length;
      to.write(bytes);
    });
    from.on('error', () => to.destroy());
    from.on('close', () => {
      this.#sockets.delete(from);
      to.destroy();
    });
  }
}
