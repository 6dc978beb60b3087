import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { ClusterService } from '@sinkron/cluster';
import { ConfigurationModule, readConfiguration, type SinkronConfiguration } from '@sinkron/config';
import { configureHttpApplication, createHttpAdapter, mountSwagger } from '@sinkron/http';
import { PinoLogger } from '@sinkron/observability';
import { DataDirectory } from '@sinkron/storage';
import { peerMicroserviceOptions, PeerTransport } from '@sinkron/transport';
import { NodeModule } from './node.module.js';
import { VERSION } from './version.js';

/** A node that was made and opens its ports when it is started. */
export interface RunningNode {
  readonly app: NestFastifyApplication;
  /** Opens the ports, joins the cluster; resolves when this node takes part in it. */
  start(): Promise<void>;
  /** Refuses new requests, finishes those in flight, closes the data folder. */
  stop(): Promise<void>;
}

/**
 * Makes a node from the environment (or from a configuration, in tests).
 *
 * @throws ConfigurationError, StorageError: the boot is refused, in one sentence.
 */
export async function createNode(given?: SinkronConfiguration): Promise<RunningNode> {
  const configuration = given ?? (await readConfiguration());
  const app = await NestFactory.create<NestFastifyApplication>(
    NodeModule.with(ConfigurationModule.of(configuration)),
    createHttpAdapter(configuration),
    { bufferLogs: true, abortOnError: false },
  );
  app.useLogger(app.get(PinoLogger));
  await configureHttpApplication(app, configuration);
  app.connectMicroservice(peerMicroserviceOptions(configuration), { inheritAppConfig: false });
  mountSwagger(app, VERSION);
  await app.init();
  return {
    app,
    start: async () => {
      await app.startAllMicroservices();
      app.get(PeerTransport).connect();
      await app.listen(configuration.httpPort, configuration.httpHost);
      await app.get(ClusterService).start();
    },
    stop: async () => {
      await app.close();
      await app.get(DataDirectory).close();
      app.get(PinoLogger).flush();
    },
  };
}
