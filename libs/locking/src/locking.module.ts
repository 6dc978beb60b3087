import { Module, type OnModuleInit } from '@nestjs/common';
import { ClusterRouter, COORDINATION_GROUP } from '@sinkron/cluster';
import { LockEventFeed } from './events/lock-event-feed.js';
import { LockEventsController } from './events/lock-events.controller.js';
import { LocksService } from './locks.service.js';
import { LockMachine } from './machine/lock-machine.js';
import { LockMetrics } from './metrics/lock-metrics.js';
import { LocksController } from './rest/locks.controller.js';
import { MultiLocksController } from './rest/multi-locks.controller.js';
import { WaitForGraphController } from './rest/wait-for-graph.controller.js';
import { SessionsController } from './sessions/sessions.controller.js';
import { SessionsService } from './sessions/sessions.service.js';

/** Locks: their state machine in the coordination group and their REST calls. */
@Module({
  controllers: [
    LocksController,
    MultiLocksController,
    SessionsController,
    WaitForGraphController,
    LockEventsController,
  ],
  providers: [LocksService, SessionsService, LockEventFeed, LockMetrics],
  exports: [LocksService, SessionsService],
})
export class LockingModule implements OnModuleInit {
  constructor(
    private readonly router: ClusterRouter,
    private readonly metrics: LockMetrics,
  ) {}

  onModuleInit(): void {
    this.router.registerMachine(COORDINATION_GROUP, () => this.metrics.watch(new LockMachine()));
  }
}
