import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { ClusterRouter } from '@sinkron/cluster';
import { nodeId } from '@sinkron/config';
import { configureHttpApplication, createHttpAdapter, ShutdownGate } from '@sinkron/http';
import { HttpRequestDuration } from '@sinkron/observability';
import { LocksController } from '../locks.controller.js';
import { LocksService } from '../locks.service.js';
import { LocalRouter } from './local-router.js';

export interface HttpAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: unknown;
}

/** The locks' REST calls in front of a {@link LocalRouter}, asked without a socket. */
export class LocksHttp {
  private constructor(
    readonly application: NestFastifyApplication,
    readonly router: LocalRouter,
  ) {}

  static async start(): Promise<LocksHttp> {
    const router = new LocalRouter();
    const module = await Test.createTestingModule({
      controllers: [LocksController],
      providers: [
        LocksService,
        ShutdownGate,
        { provide: ClusterRouter, useValue: router },
        { provide: HttpRequestDuration, useValue: { observe: () => {} } },
      ],
    }).compile();
    const application = module.createNestApplication<NestFastifyApplication>(
      createHttpAdapter({ nodeId: nodeId('node1') }),
      { logger: false },
    );
    const noLimits = { corsOrigins: [], drainTimeoutMs: 1000, rateLimitPerSecond: undefined };
    await configureHttpApplication(application, noLimits);
    await application.init();
    return new LocksHttp(application, router);
  }

  async post(
    path: string,
    body: object | string,
    headers: Record<string, string> = {},
  ): Promise<HttpAnswer> {
    const payload = typeof body === 'string' ? body : JSON.stringify(body);
    return this.ask('POST', path, { ...headers, 'content-type': 'application/json' }, payload);
  }

  async get(path: string): Promise<HttpAnswer> {
    return this.ask('GET', path, {});
  }

  async stop(): Promise<void> {
    await this.application.close();
  }

  private async ask(
    method: 'GET' | 'POST',
    path: string,
    headers: Record<string, string>,
    payload?: string,
  ): Promise<HttpAnswer> {
    const url = `/v1/locks${path}`;
    const answer = await this.application.inject({
      method,
      url,
      headers,
      ...(payload === undefined ? {} : { payload }),
    });
    return { status: answer.statusCode, headers: answer.headers, body: answer.json() };
  }
}
