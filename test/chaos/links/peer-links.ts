import { connect, createServer, type Server, type Socket } from 'node:net';
import { HELLO_BYTES_MAX } from '../limits.js';
import { OPEN, type LinkRule } from './link-rule.js';
import { Pipe } from './pipe.js';

/** Where peers reach a node through its proxy; the node itself listens on 127.0.0.1. */
export const LINK_HOST = '127.0.0.2';

/** A node, and the port at which it listens for its peers; its proxy has the same one. */
export interface LinkEnd {
  readonly nodeId: string;
  readonly peerPort: number;
}

interface Connection {
  readonly from: string;
  readonly to: string;
  /** What the caller sends, and what it is answered. */
  readonly there: Pipe;
  readonly back: Pipe;
}

/**
 * All links between the nodes of a cluster, one rule for each ordered pair.
 *
 * A connection carries bytes both ways, so it obeys two rules: that of the pair that opened it, and
 * that of the reverse pair for what comes back. A node learns its peers' addresses from a list that
 * all share, so a pair is known by the first message of a connection, which names its sender.
 */
export class PeerLinks {
  private readonly servers: Server[] = [];
  private readonly sockets = new Set<Socket>();
  private readonly connections = new Set<Connection>();
  private readonly rules = new Map<string, LinkRule>();

  /** @param chance a number from 0 to 1, drawn anew at each call. */
  constructor(private readonly chance: () => number) {}

  /** Begins to listen for a node. */
  async listen(end: LinkEnd): Promise<void> {
    const server = createServer((socket) => this.accept(socket, end));
    this.servers.push(server);
    await new Promise<void>((listening, failed) => {
      server.once('error', failed);
      server.listen({ host: LINK_HOST, port: end.peerPort, exclusive: true }, listening);
    });
  }

  /** From now on, for open connections and new ones. */
  rule(from: string, to: string, rule: LinkRule): void {
    this.rules.set(pair(from, to), rule);
    for (const connection of this.connections) {
      if (connection.from === from && connection.to === to) connection.there.obey(rule);
      if (connection.from === to && connection.to === from) connection.back.obey(rule);
    }
  }

  /** All reach each other again; what was withheld arrives. */
  heal(): void {
    this.rules.clear();
    for (const { there, back } of this.connections) {
      there.obey(OPEN);
      back.obey(OPEN);
    }
  }

  /** Breaks every connection that this node has opened or accepted. */
  reset(nodeId: string): void {
    for (const { from, to, there } of this.connections) {
      if (from === nodeId || to === nodeId) there.close();
    }
  }

  async close(): Promise<void> {
    for (const { there, back } of this.connections) {
      there.close();
      back.close();
    }
    for (const socket of this.sockets) socket.destroy();
    await Promise.all(
      this.servers.map(async (server) => await new Promise((done) => server.close(done))),
    );
  }

  private accept(near: Socket, end: LinkEnd): void {
    this.keep(near);
    let hello = Buffer.alloc(0);
    const read = (bytes: Buffer): void => {
      hello = Buffer.concat([hello, bytes]);
      const from = senderIn(hello, end.nodeId);
      if (from === undefined && hello.length < HELLO_BYTES_MAX) return;
      near.off('data', read);
      if (from === undefined) near.destroy();
      else this.join(near, from, end, hello);
    };
    near.on('data', read);
  }

  private join(near: Socket, from: string, { nodeId: to, peerPort }: LinkEnd, hello: Buffer): void {
    const far = connect(peerPort, '127.0.0.1');
    this.keep(far);
    const connection: Connection = {
      from,
      to,
      there: new Pipe(near, far, this.ruleOf(from, to), this.chance),
      back: new Pipe(far, near, this.ruleOf(to, from), this.chance),
    };
    this.connections.add(connection);
    const forget = (): void => {
      if (near.destroyed && far.destroyed) this.connections.delete(connection);
    };
    near.on('close', forget);
    far.on('close', forget);
    connection.there.take(hello);
  }

  private keep(socket: Socket): void {
    this.sockets.add(socket);
    socket.setNoDelay(true);
    socket.on('error', () => undefined);
    socket.on('close', () => this.sockets.delete(socket));
  }

  private ruleOf(from: string, to: string): LinkRule {
    return this.rules.get(pair(from, to)) ?? OPEN;
  }
}

function pair(from: string, to: string): string {
  return `${from} ${to}`;
}

/** The handshake names its sender and whom it means to reach. */
function senderIn(hello: Buffer, to: string): string | undefined {
  const names = hello.toString('latin1').match(/node\d+/g) ?? [];
  return names.find((name) => name !== to);
}
