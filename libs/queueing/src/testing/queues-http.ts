import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { ClusterRouter } from '@sinkron/cluster';
import { CONFIGURATION, nodeId } from '@sinkron/config';
import { configureHttpApplication, createHttpAdapter, ShutdownGate } from '@sinkron/http';
import { HttpRequestDuration } from '@sinkron/observability';
import { DeliveriesController } from '../rest/deliveries.controller.js';
import { GroupsController } from '../rest/groups.controller.js';
import { MessagesController } from '../rest/messages.controller.js';
import { TopicsController } from '../rest/topics.controller.js';
import { QueuesService } from '../service/queues.service.js';
import { ReplicatedTopicStore } from '../store/replicated-topic-store.js';
import { TOPIC_PLACES, TOPIC_STORE } from '../store/tokens.js';
import { MessageStreams } from '../stream/message-streams.js';
import { StreamController } from '../stream/stream.controller.js';
import { LocalRouter } from './local-router.js';

export interface HttpAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  /** Parsed; undefined when there is none. */
  readonly body: unknown;
}

type Method = 'GET' | 'HEAD' | 'POST' | 'PUT' | 'DELETE';

interface Ask {
  readonly body?: object | string | undefined;
  readonly headers?: Readonly<Record<string, string>>;
}

/** The REST calls about queues in front of topics in memory. Paths begin behind `/v1/queues`. */
export class QueuesHttp {
  private constructor(
    readonly application: NestFastifyApplication,
    readonly router: LocalRouter,
  ) {}

  static async start(): Promise<QueuesHttp> {
    const router = new LocalRouter();
    const module = await Test.createTestingModule({
      controllers: [
        TopicsController,
        MessagesController,
        GroupsController,
        DeliveriesController,
        StreamController,
      ],
      providers: [
        ReplicatedTopicStore,
        { provide: TOPIC_STORE, useExisting: ReplicatedTopicStore },
        { provide: TOPIC_PLACES, useExisting: ReplicatedTopicStore },
        QueuesService,
        MessageStreams,
        ShutdownGate,
        { provide: CONFIGURATION, useValue: { nodeId: nodeId('node1') } },
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
    application.get(ReplicatedTopicStore).start();
    await application.init();
    return new QueuesHttp(application, router);
  }

  /** Serves on a free port of loopback, too. @returns the port. */
  async listen(): Promise<number> {
    await this.application.listen(0, '127.0.0.1');
    const address: unknown = this.application.getHttpServer().address();
    if (typeof address !== 'object' || address === null) throw new Error('the server has no port');
    return Number(Reflect.get(address, 'port'));
  }

  async ask(method: Method, path: string, { body, headers = {} }: Ask = {}): Promise<HttpAnswer> {
    const hasBody = body !== undefined;
    const answer = await this.application.inject({
      method,
      url: `/v1/queues${path}`,
      headers: { ...headers, ...(hasBody ? { 'content-type': 'application/json' } : {}) },
      ...(hasBody ? { payload: typeof body === 'string' ? body : JSON.stringify(body) } : {}),
    });
    return {
      status: answer.statusCode,
      headers: answer.headers,
      body: answer.payload === '' ? undefined : answer.json(),
    };
  }

  get(path: string): Promise<HttpAnswer> {
    return this.ask('GET', path);
  }

  put(path: string, body?: object): Promise<HttpAnswer> {
    return this.ask('PUT', path, { body });
  }

  post(path: string, body?: object | string, headers: Ask['headers'] = {}): Promise<HttpAnswer> {
    return this.ask('POST', path, { body, headers });
  }

  delete(path: string): Promise<HttpAnswer> {
    return this.ask('DELETE', path);
  }

  async stop(): Promise<void> {
    await this.application.close();
  }
}
