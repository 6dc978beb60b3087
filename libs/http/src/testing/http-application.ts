import { connect } from 'node:net';
import { Module, type LoggerService, type Type } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import {
  ConfigurationModule,
  parseConfiguration,
  type SinkronConfiguration,
} from '@sinkron/config';
import { ObservabilityModule } from '@sinkron/observability';
import { HttpModule } from '../http.module.js';
import type { HttpTimeouts } from '../limits.js';
import { mountSwagger } from '../openapi/openapi-document.js';
import { configureHttpApplication } from '../server/configure-http-application.js';
import { createHttpAdapter } from '../server/http-adapter.js';
import { ThingsController } from './things.controller.js';

interface Options {
  readonly configuration?: Partial<SinkronConfiguration>;
  readonly timeouts?: HttpTimeouts;
  readonly controllers?: readonly Type[];
  readonly logger?: LoggerService;
}

/** A whole HTTP application on a free port of loopback, with routes for tests. */
export async function startHttpApplication({
  configuration: changes,
  timeouts,
  controllers = [ThingsController],
  logger,
}: Options = {}): Promise<{ app: NestFastifyApplication; port: number }> {
  const configuration = { ...parseConfiguration({ LOG_LEVEL: 'silent' }), ...changes };

  @Module({
    imports: [ConfigurationModule.of(configuration), ObservabilityModule, HttpModule],
    controllers: [...controllers],
  })
  class ApplicationModule {}

  const testing = await Test.createTestingModule({ imports: [ApplicationModule] }).compile();
  const app = testing.createNestApplication<NestFastifyApplication>(
    createHttpAdapter(configuration, timeouts),
  );
  app.useLogger(logger ?? false);
  await configureHttpApplication(app, configuration);
  mountSwagger(app, '1.2.3');
  await app.listen(0, '127.0.0.1');
  const address: unknown = app.getHttpServer().address();
  if (typeof address !== 'object' || address === null) throw new Error('the server has no port');
  return { app, port: Number(Reflect.get(address, 'port')) };
}

/** What came back on a bare connection, from its beginning to its end. */
export interface Exchange {
  /** Sends more bytes. */
  send(text: string | Buffer): void;
  /** Everything received, once the server has closed the connection. */
  readonly closed: Promise<string>;
  /** Resolves when the text received so far matches. */
  received(pattern: RegExp): Promise<string>;
  /** Reads no more, so that the answer waits at the server. */
  pause(): void;
  resume(): void;
  /** Says that it sends no more. */
  finish(): void;
  destroy(): void;
}

/** Opens a connection and sends the first bytes. */
export function openSocket(port: number, first: string | Buffer): Exchange {
  const socket = connect(port, '127.0.0.1');
  let text = '';
  const watchers = new Set<() => void>();
  socket.on('data', (chunk: Buffer) => {
    text += chunk.toString('latin1');
    for (const watch of watchers) watch();
  });
  // A server may reset the connection of a sender that goes on: what it said counts.
  socket.on('error', () => {});
  const closed = new Promise<string>((resolve) => socket.on('close', () => resolve(text)));
  socket.write(first);
  return {
    send: (more) => socket.write(more),
    closed,
    received: (pattern) =>
      new Promise((resolve) => {
        const watch = (): void => {
          if (!pattern.test(text)) return;
          watchers.delete(watch);
          resolve(text);
        };
        watchers.add(watch);
        watch();
      }),
    pause: () => void socket.pause(),
    resume: () => void socket.resume(),
    finish: () => void socket.end(),
    destroy: () => socket.destroy(),
  };
}
