import { Module, type DynamicModule } from '@nestjs/common';
import { ClusterModule } from '@sinkron/cluster';
import { ConsensusModule } from '@sinkron/consensus';
import { HttpModule } from '@sinkron/http';
import { LockingModule } from '@sinkron/locking';
import { ObservabilityModule } from '@sinkron/observability';
import { QueueingModule } from '@sinkron/queueing';
import { RedisModule } from '@sinkron/redis';
import { StorageModule } from '@sinkron/storage';
import { TransportModule } from '@sinkron/transport';
import { ProcessModule } from './process.module.js';
import { RootController } from './root.controller.js';

/** A whole node. Every node answers every route; roles decide which replicas it holds. */
@Module({
  imports: [
    ObservabilityModule,
    ProcessModule,
    HttpModule,
    StorageModule,
    TransportModule,
    RedisModule,
    ConsensusModule,
    ClusterModule,
    LockingModule,
    QueueingModule,
  ],
  controllers: [RootController],
})
export class NodeModule {
  /** @param configuration the module that provides `CONFIGURATION`. */
  static with(configuration: DynamicModule): DynamicModule {
    return { module: NodeModule, imports: [configuration] };
  }
}
