import { Module, type OnModuleInit } from '@nestjs/common';
import { ClusterRouter, COORDINATION_GROUP } from '@sinkron/cluster';
import { LockMachine } from './lock-machine.js';
import { LocksHeldMetric } from './locks-held.metric.js';
import { LocksController } from './locks.controller.js';
import { LocksService } from './locks.service.js';

/** Locks: their state machine in the coordination group and their REST calls. */
@Module({
  controllers: [LocksController],
  providers: [LocksService, LocksHeldMetric],
  exports: [LocksService],
})
export class LockingModule implements OnModuleInit {
  constructor(
    private readonly router: ClusterRouter,
    private readonly locksHeld: LocksHeldMetric,
  ) {}

  onModuleInit(): void {
    this.router.registerMachine(COORDINATION_GROUP, () => this.locksHeld.watch(new LockMachine()));
  }
}
