import type { Server } from 'node:net';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { ClusterService } from '@sinkron/cluster';
import { ConfigurationModule, readConfiguration, type SinkronConfiguration } from '@sinkron/config';
import { ConsensusService } from '@sinkron/consensus';
import { configureHttpApplication, createHttpAdapter, mountSwagger } from '@sinkron/http';
import { EventLoopDelay, PinoLogger } from '@sinkron/observability';
import { DataDirectory } from '@sinkron/storage';
import { peerMicroserviceOptions, PeerTransport } from '@sinkron/transport';
import { openPort } from './boot-refusal.js';
import { NodeModule } from './node.module.js';
import { VERSION } from './version.js';

/** A node that was made and opens its ports when it is started. */
export interface RunningNode {
  readonly app: NestFastifyApplication;
  /** Opens the ports, joins the cluster; resolves when this node takes part in it. */
  start(): Promise<void>;
  /**
   * Refuses new requests, finishes those in flight, hands over the groups that it leads, closes the
   * data folder.
   */
  stop(): Promise<void>;
}

/**
 * Makes a node from the environment (or from a configuration, in tests).
 *
 * @throws ConfigurationError, StorageError: the boot is refused, in one sentence.
 */
export async function createNode(given?: SinkronConfiguration): Promise<RunningNode> {
  const configuration = given ?? (await readConfiguration());
  const { httpHost, httpPort, peerHost, peerPort } = configuration;
  const app = await NestFactory.create<NestFastifyApplication>(
    NodeModule.with(ConfigurationModule.of(configuration)),
    createHttpAdapter(configuration),
    // A failed boot is told once, by whoever called: what Nest would log of it stays unread.
    { bufferLogs: true, autoFlushLogs: false, abortOnError: false },
  );
  app.useLogger(app.get(PinoLogger));
  app.flushLogs();
  await configureHttpApplication(app, configuration);
  // The last answer is given, and the peers are still connected: now others may lead.
  app
    .getHttpAdapter()
    .getInstance()
    .addHook('onClose', async () => await app.get(ConsensusService).handOver());
  const peers = app.connectMicroservice(peerMicroserviceOptions(configuration), {
    inheritAppConfig: false,
  });
  mountSwagger(app, VERSION);
  await app.init();
  return {
    app,
    start: async () => {
      await openPort(
        {
          host: peerHost,
          port: peerPort,
          hostVariable: 'PEER_HOST',
          portVariable: 'PEER_PORT',
        },
        async () => {
          // Nest tells of no error but a port in use, and would wait for ever.
          const failure = firstError(peers.unwrap<Server>());
          await Promise.race([app.startAllMicroservices(), failure]);
        },
      );
      app.get(PeerTransport).connect();
      await openPort(
        {
          host: httpHost,
          port: httpPort,
          hostVariable: 'HTTP_HOST',
          portVariable: 'HTTP_PORT',
        },
        async () => await app.listen(httpPort, httpHost),
      );
      await app.get(ClusterService).start();
      app.get(EventLoopDelay).begin();
    },
    stop: async () => {
      await app.close();
      await app.get(DataDirectory).close();
      app.get(PinoLogger).flush();
    },
  };
}

function firstError(server: Server): Promise<never> {
  return new Promise((_resolve, reject) => {
    server.once('error', reject);
  });
}
