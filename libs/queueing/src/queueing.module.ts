import { Module, type OnModuleInit } from '@nestjs/common';
import { ClusterRouter } from '@sinkron/cluster';
import { TopicMachine } from './machine/topic-machine.js';
import { QueueMetrics } from './metrics/queue-metrics.js';
import { DeliveriesController } from './rest/deliveries.controller.js';
import { GroupsController } from './rest/groups.controller.js';
import { MessagesController } from './rest/messages.controller.js';
import { TopicsController } from './rest/topics.controller.js';
import { QueuesService } from './service/queues.service.js';
import { OutboxCarrier } from './store/outbox-carrier.js';
import { QUEUES_FAMILY, shardOfGroup } from './store/queues-family.js';
import { ReplicatedTopicStore } from './store/replicated-topic-store.js';
import { MessageStreams } from './stream/message-streams.js';
import { StreamController } from './stream/stream.controller.js';
import { TOPIC_PLACES, TOPIC_STORE } from './store/tokens.js';

/** Queues: topics in the shards of the `queues` family, and their REST calls. */
@Module({
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
    QueueMetrics,
    OutboxCarrier,
  ],
  exports: [QueuesService],
})
export class QueueingModule implements OnModuleInit {
  constructor(
    private readonly router: ClusterRouter,
    private readonly store: ReplicatedTopicStore,
    private readonly metrics: QueueMetrics,
    private readonly carrier: OutboxCarrier,
  ) {}

  onModuleInit(): void {
    this.router.registerFamily(QUEUES_FAMILY, 'queues', (group) =>
      this.metrics.watch(
        group,
        new TopicMachine(shardOfGroup(group), {
          shardOf: (topic) => this.store.shardOf(topic),
          courier: this.carrier,
        }),
      ),
    );
    this.store.start();
  }
}
