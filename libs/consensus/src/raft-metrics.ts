import { Injectable } from '@nestjs/common';
import { Counter, Gauge, Histogram, register } from 'prom-client';
import type { GroupDriver } from './raft/driver/group-driver.js';

/** Flushes take 0.2 ms on a fast disk and up to a second on one in trouble. */
const FLUSH_BUCKETS_SECONDS = [
  0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1,
];

/** Metrics of this node's replicas, read from the drivers when they are scraped. */
@Injectable()
export class RaftMetrics {
  private readonly drivers = new Set<GroupDriver>();
  private readonly proposals = new Counter({
    name: fresh('sinkron_raft_proposals_total'),
    help: 'Commands proposed at this node, by group.',
    labelNames: ['group'],
    registers: [register],
  });
  private readonly flushes = new Histogram({
    name: fresh('sinkron_raft_append_flush_seconds'),
    help: 'Time from handing a batch to the log until its flush returned.',
    buckets: FLUSH_BUCKETS_SECONDS,
    registers: [register],
  });

  constructor() {
    this.gauge('sinkron_raft_term', 'Raft term, by group.', (driver) => driver.raft.term);
    this.gauge('sinkron_raft_is_leader', '1 where this node leads the group.', (driver) =>
      driver.raft.roleName === 'leader' ? 1 : 0,
    );
    this.gauge(
      'sinkron_raft_commit_index',
      'Highest log index known to be committed.',
      (driver) => driver.raft.commitIndex,
    );
    this.gauge(
      'sinkron_raft_applied_index',
      'Highest log index applied to the state.',
      (driver) => driver.appliedIndex,
    );
    this.gauge(
      'sinkron_raft_snapshots_installed',
      'Snapshots that have replaced the state here since the node was started.',
      (driver) => driver.snapshots.installedCount,
    );
  }

  watch(driver: GroupDriver): void {
    this.drivers.add(driver);
  }

  forget(driver: GroupDriver): void {
    this.drivers.delete(driver);
  }

  proposed(group: string): void {
    this.proposals.inc({ group });
  }

  flushed(seconds: number): void {
    this.flushes.observe(seconds);
  }

  private gauge(name: string, help: string, valueOf: (driver: GroupDriver) => number): void {
    const drivers = this.drivers;
    new Gauge({
      name: fresh(name),
      help,
      labelNames: ['group'],
      registers: [register],
      collect() {
        this.reset();
        for (const driver of drivers) this.set({ group: driver.group }, valueOf(driver));
      },
    });
  }
}

/** The registry is one for the process; a test that makes several nodes keeps the latest one's. */
function fresh(name: string): string {
  register.removeSingleMetric(name);
  return name;
}
