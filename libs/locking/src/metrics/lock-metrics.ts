import { Injectable } from '@nestjs/common';
import { Counter, Gauge, register } from 'prom-client';
import type { LockCounters } from '../machine/lock-duties.js';
import type { LockCounts, LockMachine } from '../machine/lock-machine.js';

const GAUGES: readonly [name: string, count: keyof LockCounts, help: string][] = [
  ['sinkron_locks_held', 'held', 'Holds of locks; a lock that three share counts three times.'],
  ['sinkron_locks_waiting', 'waiting', 'Requests that wait for locks.'],
  ['sinkron_sessions', 'sessions', 'Sessions.'],
];

const COUNTERS: readonly [name: string, count: keyof LockCounters, help: string][] = [
  ['sinkron_deadlocks_total', 'deadlocks', 'Requests refused because they closed a cycle.'],
  ['sinkron_lock_expirations_total', 'expirations', 'Holds whose lease ended.'],
];

/**
 * What the lock machine counts, read at the scrape. Gauges are 0 and counters stand still except at
 * the leader of the coordination group, so that a sum over all nodes counts each thing once.
 */
@Injectable()
export class LockMetrics {
  private machine: LockMachine | undefined;

  constructor() {
    for (const [name, count, help] of GAUGES) {
      gauge(name, help, () => this.machine?.countsAsLeader?.[count] ?? 0);
    }
    for (const [name, count, help] of COUNTERS) {
      counter(name, help, () => this.machine?.duties.counters[count] ?? 0);
    }
  }

  /** Exports what this machine counts. */
  watch(machine: LockMachine): LockMachine {
    this.machine = machine;
    return machine;
  }
}

function gauge(name: string, help: string, count: () => number): void {
  // Two nodes in one process, as in tests, share the registry: the younger one is shown.
  register.removeSingleMetric(name);
  new Gauge({
    name,
    help: `${help} Exported by the leader of the coordination group; 0 elsewhere.`,
    registers: [register],
    collect() {
      this.set(count());
    },
  });
}

function counter(name: string, help: string, count: () => number): void {
  register.removeSingleMetric(name);
  new Counter({
    name,
    help: `${help} Counted by the leader of the coordination group.`,
    registers: [register],
    collect() {
      this.reset();
      this.inc(count());
    },
  });
}
