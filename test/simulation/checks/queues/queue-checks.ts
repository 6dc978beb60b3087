import type { ReplicatedMachine } from '@sinkron/consensus';
import { readCommand } from '../../../../libs/queueing/src/core/commands/reading/read-command.js';
import type { TopicCommand } from '../../../../libs/queueing/src/core/commands/topic-command.js';
import type { TopicResult } from '../../../../libs/queueing/src/core/commands/topic-result.js';
import type { TopicEffect } from '../../../../libs/queueing/src/core/topics/topic-effect.js';
import { readResult } from '../../../../libs/queueing/src/store/reading/read-result.js';
import { LogClock } from '../../history/log-clock.js';
import { ExactlyOnce } from '../../invariants/clients/exactly-once.js';
import { SpecifiedTopics } from '../../invariants/queues/specified-topics.js';
import type { Observation } from '../../node/observed-machine.js';
import { operationOf } from '../../workload/lock-protocol.js';
import type { World } from '../../world/world.js';
import { QueueSightings } from './queue-sightings.js';
import { countsIn } from './topic-counts.js';

/** Entries between two looks at everything that is counted. */
const COUNTED_EVERY = 8;

/** What must hold for topics after every command, as the first of all replicas applies it. */
export class QueueChecks {
  readonly commands = new ExactlyOnce();
  readonly clock: LogClock;
  private readonly specified = new SpecifiedTopics();
  private readonly sightings: QueueSightings;

  /** @param blind nothing is known but what clients see: to find out what that alone shows. */
  constructor(
    world: World,
    private readonly blind: boolean,
  ) {
    this.clock = new LogClock(world);
    this.sightings = new QueueSightings(world);
  }

  applied(
    { command, applied, context, closed }: Observation<TopicEffect>,
    machine: ReplicatedMachine<TopicEffect>,
  ): void {
    const { index, logTimeMs, term } = context;
    this.clock.reached(logTimeMs);
    if (closed !== null) return;
    const read = readCommand(command);
    const result = readResult(applied.result);
    const operation = operationOf(command);
    const { remember: remembered } = applied;
    if (operation !== null) {
      this.commands.applied({ operation, index, remembered, done: isDone(read, result) });
    }
    if (this.blind) return;
    this.sightings.before();
    const shard = this.specified.applied(read, result, logTimeMs);
    this.sightings.after(read, result, { shard, term });
    if (index % COUNTED_EVERY === 0) this.specified.expectCounts(countsIn(machine, logTimeMs));
  }

  /** Nothing is under way any more. */
  finished(): void {
    this.commands.finished();
  }
}

/** Whether a command did what was asked for, or some of it. */
function isDone(command: TopicCommand, result: TopicResult): boolean {
  const { status } = result;
  if (status === 'published') return result.duplicates.length < result.count;
  if (status === 'received') return result.messages.length > 0;
  if (status === 'redriven') return result.moved > 0;
  if (status !== 'settled') return false;
  return 'receipts' in command && result.stale.length < receiptsIn(command);
}

function receiptsIn({ receipts }: Extract<TopicCommand, { readonly receipts: unknown }>): number {
  return receipts.reduce((sum, { sequences }) => sum + sequences.length, 0);
}
