import type { Provider } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { ClusterRouter } from '@sinkron/cluster';
import { nodeId } from '@sinkron/config';
import { ConsensusService } from '@sinkron/consensus';
import { configureHttpApplication, createHttpAdapter, ShutdownGate } from '@sinkron/http';
import { HttpRequestDuration } from '@sinkron/observability';
import { LockEventFeed } from '../events/lock-event-feed.js';
import { LockEventsController } from '../events/lock-events.controller.js';
import { LocksService } from '../locks.service.js';
import { LocksController } from '../rest/locks.controller.js';
import { MultiLocksController } from '../rest/multi-locks.controller.js';
import { WaitForGraphController } from '../rest/wait-for-graph.controller.js';
import { SessionsController } from '../sessions/sessions.controller.js';
import { SessionsService } from '../sessions/sessions.service.js';

export interface HttpAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  /** Parsed; undefined when there is none. */
  readonly body: unknown;
}

interface Ask {
  readonly body?: object | string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** The REST calls about locks in front of given services, asked without a socket. */
export class LocksHttp {
  private constructor(readonly application: NestFastifyApplication) {}

  /** What is not given behaves as in production, in front of nothing. */
  static async start(given: {
    readonly router?: object;
    readonly locks?: Partial<LocksService>;
    readonly hasReplica?: () => boolean;
  }): Promise<LocksHttp> {
    const { router = {}, locks, hasReplica = () => true } = given;
    const providers: Provider[] = [
      locks === undefined ? LocksService : { provide: LocksService, useValue: locks },
      SessionsService,
      LockEventFeed,
      ShutdownGate,
      { provide: ClusterRouter, useValue: router },
      {
        provide: ConsensusService,
        useValue: { group: () => (hasReplica() ? {} : undefined) },
      },
      { provide: HttpRequestDuration, useValue: { observe: () => {} } },
    ];
    const module = await Test.createTestingModule({
      controllers: [
        LocksController,
        MultiLocksController,
        SessionsController,
        WaitForGraphController,
        LockEventsController,
      ],
      providers,
    }).compile();
    const application = module.createNestApplication<NestFastifyApplication>(
      createHttpAdapter({ nodeId: nodeId('node1') }),
      { logger: false },
    );
    const noLimits = { corsOrigins: [], drainTimeoutMs: 1000, rateLimitPerSecond: undefined };
    await configureHttpApplication(application, noLimits);
    await application.init();
    return new LocksHttp(application);
  }

  /** Serves on a free port of loopback, too. @returns the port. */
  async listen(): Promise<number> {
    await this.application.listen(0, '127.0.0.1');
    const address: unknown = this.application.getHttpServer().address();
    if (typeof address !== 'object' || address === null) throw new Error('the server has no port');
    return Number(Reflect.get(address, 'port'));
  }

  post(path: string, body: object | string, headers: Ask['headers'] = {}): Promise<HttpAnswer> {
    return this.ask('POST', path, { body, headers });
  }

  get(path: string): Promise<HttpAnswer> {
    return this.ask('GET', path, {});
  }

  delete(path: string, headers: Ask['headers'] = {}): Promise<HttpAnswer> {
    return this.ask('DELETE', path, { headers });
  }

  async stop(): Promise<void> {
    await this.application.close();
  }

  private async ask(
    method: 'GET' | 'POST' | 'DELETE',
    path: string,
    { body, headers = {} }: Ask,
  ): Promise<HttpAnswer> {
    const answer = await this.application.inject({
      method,
      url: `/v1${path}`,
      headers: {
        ...headers,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined
        ? {}
        : { payload: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const { statusCode: status } = answer;
    return {
      status,
      headers: answer.headers,
      body: answer.payload === '' ? undefined : answer.json(),
    };
  }
}
