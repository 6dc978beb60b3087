import { createServer } from 'node:net';
import { Global, Module } from '@nestjs/common';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { ConfigurationModule, nodeId, parseConfiguration, type NodeId } from '@sinkron/config';
import { LocalIdentity } from '../identity/local-identity.js';
import { PEER_METRICS, type PeerMetrics } from '../peer-status.js';
import { peerMicroserviceOptions } from '../peer-microservice-options.js';
import { PEER_TIMING, PEER_TIMING_DEFAULT, type PeerTiming } from '../peer-timing.js';
import { PeerTransport } from '../peer-transport.js';
import { TransportModule } from '../transport.module.js';

export const NODE1 = nodeId('node1');
export const NODE2 = nodeId('node2');
/** 20 characters, as the configuration asks for at least 16. */
export const SECRET = 'a secret of the test';

export interface PeerNodeOptions {
  readonly nodeId: NodeId;
  /** Where this node listens. */
  readonly port: number;
  /** Where this node believes each node to be, by its id; by default at `ports` of the test. */
  readonly peers: Readonly<Record<string, number>>;
  readonly secret?: string;
  readonly clusterId?: string;
  readonly diskId?: string;
  readonly timing?: Partial<PeerTiming>;
  readonly metrics?: PeerMetrics;
  /** Registers handlers before the port opens. */
  readonly prepare?: (transport: PeerTransport) => void;
}

export interface PeerNode {
  readonly transport: PeerTransport;
  close(): Promise<void>;
}

/** Quick enough for a test, slow enough for a busy machine. */
const TEST_TIMING: PeerTiming = {
  ...PEER_TIMING_DEFAULT,
  pingIntervalMs: 100,
  reconnectDelayMsMin: 5,
  reconnectDelayMsMax: 50,
};

/** Starts a whole Nest application with the transport, as the `main` of a node does. */
export async function startPeerNode(options: PeerNodeOptions): Promise<PeerNode> {
  const configuration = parseConfiguration({
    NODE_ID: options.nodeId,
    PEERS: Object.entries(options.peers)
      .map(([id, port]) => `${id}=127.0.0.1:${port}`)
      .join(','),
    PEER_PORT: String(options.port),
    PEER_SECRET: options.secret,
  });
  const timing = { ...TEST_TIMING, ...options.timing };

  @Global()
  @Module({
    providers: [
      { provide: PEER_TIMING, useValue: timing },
      { provide: PEER_METRICS, useValue: options.metrics },
    ],
    exports: [PEER_TIMING, PEER_METRICS],
  })
  class TestModule {}

  const testing = await Test.createTestingModule({
    imports: [ConfigurationModule.of(configuration), TestModule, TransportModule],
  }).compile();
  const app = testing.createNestApplication(new FastifyAdapter(), { logger: false });
  const transport = app.get(PeerTransport);
  if (options.diskId !== undefined) app.get(LocalIdentity).setDiskId(options.diskId);
  if (options.clusterId !== undefined) transport.setClusterId(options.clusterId);
  options.prepare?.(transport);
  app.connectMicroservice(peerMicroserviceOptions(configuration, timing), {
    inheritAppConfig: false,
  });
  await app.init();
  await app.startAllMicroservices();
  return { transport, close: () => app.close() };
}

/** Ports of the loopback interface that nobody listens on. */
export async function freePorts<Name extends string>(
  ...names: readonly Name[]
): Promise<Record<Name, number>> {
  const servers = names.map(() => createServer());
  await Promise.all(
    servers.map((server) => new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))),
  );
  const ports = servers.map((server) => {
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    return address.port;
  });
  await Promise.all(
    servers.map((server) => new Promise<unknown>((resolve) => server.close(resolve))),
  );
  return Object.fromEntries(names.map((name, index) => [name, ports[index]])) as Record<
    Name,
    number
  >;
}
