import { Inject, Injectable, Logger, type OnModuleDestroy } from '@nestjs/common';
import { CONFIGURATION, type SinkronConfiguration } from '@sinkron/config';
import { ProblemError } from '@sinkron/http';
import { QueuesService } from '../service/queues.service.js';
import { STREAMS_MAX } from './limits.js';
import { MessageStream, type MessageSink, type StreamTerms } from './message-stream.js';

/** The streams of this node. */
@Injectable()
export class MessageStreams implements OnModuleDestroy {
  private readonly logger = new Logger(MessageStreams.name);
  private readonly streams = new Set<MessageStream>();
  private lastStream = 0;

  constructor(
    @Inject(CONFIGURATION) private readonly configuration: Pick<SinkronConfiguration, 'nodeId'>,
    private readonly queues: QueuesService,
  ) {}

  /** The node stops: messages of its streams are returned while it can still ask. */
  onModuleDestroy(): void {
    for (const stream of this.streams) {
      stream.end(
        new ProblemError('SHUTTING_DOWN', 'this node stops; open a stream at another one'),
      );
    }
  }

  /**
   * Makes sure that there is the group.
   *
   * @throws ProblemError OVERLOADED, TOPIC_NOT_FOUND, and those of the store.
   */
  async prepare(topic: string, group: string, deadlineMs: number): Promise<void> {
    if (this.streams.size >= STREAMS_MAX) {
      throw new ProblemError('OVERLOADED', `this node has ${STREAMS_MAX} streams; ask another one`);
    }
    const command = { kind: 'create-group', topic, group, from: 'earliest' } as const;
    await this.queues.change('group-created', command, { topic, group }, { deadlineMs });
  }

  /** Sends messages to a reader until its sink ends. */
  open(
    sink: MessageSink,
    terms: Omit<StreamTerms, 'consumer'> & { readonly consumer: string | undefined },
  ): void {
    this.lastStream += 1;
    const ownName = `stream-${this.configuration.nodeId}-${this.lastStream}`;
    const stream = new MessageStream(this.queues, sink, {
      ...terms,
      consumer: terms.consumer ?? ownName,
    });
    this.streams.add(stream);
    sink.onEnd(() => this.streams.delete(stream));
    stream.run().catch((error: unknown) => {
      this.logger.error('a stream failed', { error });
      sink.end();
    });
  }
}
