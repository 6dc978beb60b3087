import { Injectable } from '@nestjs/common';
import { Gauge, register } from 'prom-client';
import type { LockMachine } from './lock-machine.js';

const NAME = 'sinkron_locks_held';

/**
 * `sinkron_locks_held`: read at the scrape, 0 except at the leader of the coordination group, so
 * that the sum over all nodes counts each lock once.
 */
@Injectable()
export class LocksHeldMetric {
  private machine: LockMachine | undefined;

  constructor() {
    const count = (): number => this.machine?.locksHeldAsLeader ?? 0;
    // Two nodes in one process, as in tests, share the registry: the younger one is shown.
    register.removeSingleMetric(NAME);
    new Gauge({
      name: NAME,
      help: 'Locks held, exported by the leader of the coordination group; 0 elsewhere.',
      registers: [register],
      collect() {
        this.set(count());
      },
    });
  }

  watch(machine: LockMachine): LockMachine {
    this.machine = machine;
    return machine;
  }
}
