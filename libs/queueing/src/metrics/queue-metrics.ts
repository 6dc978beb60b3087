import { Injectable } from '@nestjs/common';
import { ConsensusService } from '@sinkron/consensus';
import { Counter, Gauge, register } from 'prom-client';
import type { TopicMachine } from '../machine/topic-machine.js';
import type { GroupTotals } from '../machine/topic-totals.js';
import type { GroupGauges } from '../machine/topic-views.js';
import { TopicLabels } from './topic-labels.js';

type GroupLabels = 'topic' | 'group';
type Machine = Pick<TopicMachine, 'totals' | 'gaugesAsLeader' | 'outboxAsLeader'>;

const MS_PER_SECOND = 1_000;

const GAUGES: readonly [name: string, count: 'ready' | 'inFlight' | 'delayed', help: string][] = [
  ['sinkron_queue_ready', 'ready', 'Messages that are ready, or wait behind others of their key.'],
  [
    'sinkron_queue_in_flight',
    'inFlight',
    'Messages that consumers have and have not acknowledged.',
  ],
  ['sinkron_queue_delayed', 'delayed', 'Messages that wait for their time.'],
];
const OUTBOX_GAUGES: readonly [name: string, count: 'messages' | 'bytes', help: string][] = [
  ['sinkron_queue_outbox_messages', 'messages', 'Messages on their way to other shards.'],
  ['sinkron_queue_outbox_bytes', 'bytes', 'Bytes of the messages on their way to other shards.'],
];
const OLDEST = 'sinkron_queue_oldest_ready_age_seconds';

const COUNTERS: readonly [name: string, count: keyof GroupTotals, help: string][] = [
  ['sinkron_queue_delivered_total', 'delivered', 'Messages that were handed out.'],
  [
    'sinkron_queue_redelivered_total',
    'redelivered',
    'Messages that were handed out, and not for the first time in their group.',
  ],
  ['sinkron_queue_acked_total', 'acked', 'Messages that were acknowledged.'],
  ['sinkron_queue_dead_lettered_total', 'deadLettered', 'Dead letters that were made.'],
];
const PUBLISHED = 'sinkron_queue_published_total';

/** Groups with the same labels, together. */
interface GroupSums {
  readonly labels: Record<GroupLabels, string>;
  ready: number;
  inFlight: number;
  delayed: number;
  /** Of the oldest; null for groups without labels of their own. */
  oldestReadyAgeMs: number | null;
}

/**
 * What the topics of this node's shards count, read at the scrape. Gauges are exported, and counters
 * move, only where a replica leads its shard, so that a sum over all nodes counts each message once.
 * The first topics have labels, the others are counted together as `other`, without an age: that would
 * be a look at the messages of each.
 */
@Injectable()
export class QueueMetrics {
  /** By shard: a replica that came back has another machine. */
  private readonly machines = new Map<string, Machine>();
  private readonly labels = new TopicLabels();
  /** All gauges of one scrape are collected in one turn: they share a walk over the groups. */
  private walked: readonly GroupSums[] | undefined;

  constructor(private readonly consensus: ConsensusService) {
    for (const [name, count, help] of GAUGES) {
      gauge(name, help, (metric) => {
        for (const sums of this.groups()) metric.set(sums.labels, sums[count]);
      });
    }
    gauge(OLDEST, 'Age of the oldest message that is ready; 0 when none is.', (metric) => {
      for (const { labels, oldestReadyAgeMs } of this.groups()) {
        if (oldestReadyAgeMs !== null) metric.set(labels, oldestReadyAgeMs / MS_PER_SECOND);
      }
    });
    for (const [name, count, help] of OUTBOX_GAUGES) {
      shardGauge(name, help, (metric) => {
        for (const [shard, { outboxAsLeader }] of this.machines) {
          if (outboxAsLeader !== null) metric.set({ shard }, outboxAsLeader[count]);
        }
      });
    }
    for (const [name, count, help] of COUNTERS) {
      counter(name, ['topic', 'group'], help, (metric) =>
        this.eachTotal((labels, totals) => metric.inc(labels, totals[count])),
      );
    }
    counter(PUBLISHED, ['topic'], 'Messages that were stored, without duplicates.', (metric) => {
      for (const machine of this.machines.values()) {
        for (const [topic, { published }] of machine.totals) {
          metric.inc(this.labels.of(topic), published);
        }
      }
    });
  }

  /** Exports what the machine of a shard counts. */
  watch<Watched extends Machine>(shard: string, machine: Watched): Watched {
    this.machines.set(shard, machine);
    return machine;
  }

  private groups(): readonly GroupSums[] {
    if (this.walked !== undefined) return this.walked;
    queueMicrotask(() => {
      this.walked = undefined;
    });
    this.walked = this.walk();
    return this.walked;
  }

  private walk(): readonly GroupSums[] {
    const sums = new Map<string, GroupSums>();
    const instant = this.consensus.now();
    for (const machine of this.machines.values()) {
      const gauges = machine.gaugesAsLeader(instant, (topic) => this.labels.has(topic));
      for (const { topic, groups } of gauges) {
        for (const group of groups) this.add(sums, topic, group);
      }
    }
    return [...sums.values()];
  }

  private add(sums: Map<string, GroupSums>, topic: string, gauges: GroupGauges): void {
    const labels = this.labels.ofGroup(topic, gauges.group);
    const key = `${labels.topic}\n${labels.group}`;
    let sum = sums.get(key);
    if (sum === undefined) {
      const oldestReadyAgeMs = this.labels.has(topic) ? 0 : null;
      sum = { labels, ready: 0, inFlight: 0, delayed: 0, oldestReadyAgeMs };
      sums.set(key, sum);
    }
    sum.ready += gauges.ready;
    sum.inFlight += gauges.inFlight;
    sum.delayed += gauges.delayed;
    if (sum.oldestReadyAgeMs === null) return;
    sum.oldestReadyAgeMs = Math.max(sum.oldestReadyAgeMs, gauges.oldestReadyAgeMs ?? 0);
  }

  private eachTotal(
    tell: (labels: Record<GroupLabels, string>, totals: GroupTotals) => void,
  ): void {
    for (const machine of this.machines.values()) {
      for (const [topic, { groups }] of machine.totals) {
        for (const [group, totals] of groups) tell(this.labels.ofGroup(topic, group), totals);
      }
    }
  }
}

function gauge(name: string, help: string, collect: (metric: Gauge<GroupLabels>) => void): void {
  labelledGauge(name, ['topic', 'group'], help, collect);
}

function shardGauge(name: string, help: string, collect: (metric: Gauge<'shard'>) => void): void {
  labelledGauge(name, ['shard'], help, collect);
}

function labelledGauge<Label extends string>(
  name: string,
  labelNames: Label[],
  help: string,
  collect: (metric: Gauge<Label>) => void,
): void {
  // Two nodes in one process, as in tests, share the registry: the younger one is shown.
  register.removeSingleMetric(name);
  new Gauge<Label>({
    name,
    help: `${help} Exported by the leader of the topic's shard.`,
    labelNames,
    registers: [register],
    collect() {
      this.reset();
      collect(this);
    },
  });
}

function counter<Label extends string>(
  name: string,
  labelNames: Label[],
  help: string,
  collect: (metric: Counter<Label>) => void,
): void {
  register.removeSingleMetric(name);
  new Counter<Label>({
    name,
    help: `${help} Counted by the leader of the topic's shard.`,
    labelNames,
    registers: [register],
    collect() {
      this.reset();
      collect(this);
    },
  });
}
