import { connect, createServer, type Server, type Socket } from 'node:net';

/**
 * Where peers reach a node through its proxy: the port has to be its own, so the address is another
 * one of this machine. Linux has it without being told.
 */
export const PROXY_HOST = '127.0.0.2';

/** A node, which listens for its peers on 127.0.0.1. */
export interface PeerRoute {
  readonly nodeId: string;
  readonly peerPort: number;
}

/** One connection of two nodes, from the one that has opened it to this proxy's node. */
interface Link {
  readonly from: string;
  readonly to: string;
  readonly sockets: readonly [Socket, Socket];
}

/**
 * Stands between the nodes of a cluster, so that a test can cut some off without stopping them: what
 * they send stays under way, and nothing tells them so, as with a network that drops packets.
 */
export class PeerProxies {
  private readonly servers: Server[] = [];
  private readonly links = new Set<Link>();
  private readonly sockets = new Set<Socket>();
  private readonly cut = new Set<string>();
  /** Pairs of nodes that do not reach each other, in both orders. */
  private readonly divided = new Set<string>();

  /** Listens for every node at PROXY_HOST. */
  static async open(routes: readonly PeerRoute[]): Promise<PeerProxies> {
    const proxies = new PeerProxies();
    await Promise.all(routes.map(async (route) => await proxies.listen(route)));
    return proxies;
  }

  /** From now on this node hears of no other, and no other of it. */
  isolate(nodeId: string): void {
    this.cut.add(nodeId);
    for (const link of this.links) this.apply(link);
  }

  /** From now on these two hear nothing of each other; all others reach both. */
  divide(one: string, other: string): void {
    this.divided.add(`${one} ${other}`).add(`${other} ${one}`);
    for (const link of this.links) this.apply(link);
  }

  /** All reach each other again; what was under way arrives. */
  heal(): void {
    this.cut.clear();
    this.divided.clear();
    for (const link of this.links) this.apply(link);
  }

  async close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await Promise.all(
      this.servers.map(async (server) => await new Promise((done) => server.close(done))),
    );
  }

  private async listen(route: PeerRoute): Promise<void> {
    const server = createServer((socket) => this.accept(socket, route));
    this.servers.push(server);
    await new Promise<void>((listening, failed) => {
      server.once('error', failed);
      server.listen({ host: PROXY_HOST, port: route.peerPort, exclusive: true }, listening);
    });
  }

  private accept(near: Socket, { nodeId, peerPort }: PeerRoute): void {
    const far = connect(peerPort, '127.0.0.1');
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      this.sockets.add(socket);
      socket.setNoDelay(true);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        this.sockets.delete(socket);
        other.destroy();
      });
    }
    // The first message names its sender and whom it means to reach.
    near.once('data', (hello: Buffer) => {
      const names = hello.toString('latin1').match(/node\d+/g) ?? [];
      const from = names.find((name) => name !== nodeId) ?? '';
      const link: Link = { from, to: nodeId, sockets: [near, far] };
      this.links.add(link);
      near.on('close', () => this.links.delete(link));
      far.write(hello);
      near.on('data', (bytes) => far.write(bytes));
      far.on('data', (bytes) => near.write(bytes));
      this.apply(link);
    });
  }

  private apply({ from, to, sockets }: Link): void {
    const isCut = this.cut.has(from) || this.cut.has(to) || this.divided.has(`${from} ${to}`);
    for (const socket of sockets) {
      if (isCut) socket.pause();
      else socket.resume();
    }
  }
}
