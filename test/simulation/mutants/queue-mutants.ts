import { ReadyMessages } from '../../../libs/queueing/src/core/groups/steps/ready-messages.js';
import { HONEST_PARTS, type Parts } from '../node/parts.js';
import type { RunOptions } from '../simulation.js';
import { publishersInDoubt, smallLogs } from './circumstances.js';
import { bending } from './core/bending.js';
import type { Mutants } from './mutant.js';
import { MarklessSnapshotDisk } from './disks/broken-snapshots.js';
import { DoubleHandOuts, ShortVisibilities } from './queues/double-hand-outs.js';
import { ForgottenIds } from './queues/forgotten-ids.js';
import { KeptMemory } from './queues/kept-memory.js';
import { LateAcks } from './queues/late-acks.js';
import { LostNacks } from './queues/lost-nacks.js';

/**
 * Topic machines that do something behind the back of the production one. Nothing is compared with the
 * reference of topics here, which notices most of them at once: what clients see has to show them, or what
 * replicas have.
 */
export const QUEUE_MUTANTS: Mutants = {
  'queues: a message lost with a nack': {
    broken: /no acknowledged message is lost/,
    seed: 2,
    run: topics(() => new LostNacks()),
  },
  'queues: a late acknowledgement believed': {
    broken: /nothing is handed out again without a reason/,
    seed: 4,
    run: topics(() => new LateAcks()),
  },
  'queues: a message handed out while somebody has it': {
    broken: /nothing is handed out again without a reason/,
    seed: 2,
    run: topics(() => new DoubleHandOuts()),
  },
  'queues: a visibility that ends early': {
    broken: /nothing is handed out again without a reason/,
    seed: 2,
    run: topics(() => new ShortVisibilities()),
  },
  'queues: messages of a key that do not wait': {
    broken: /messages of a key come in order/,
    seed: 2,
    run: {
      serves: 'queues',
      blind: true,
      parts: { ...HONEST_PARTS, bend: bending(ReadyMessages, 'isHead', () => () => true) },
    },
  },
  'queues: deduplication ids forgotten by a new leader': {
    broken: /no command is applied twice|nothing is delivered but what was published, once/,
    seed: 2,
    run: { ...topics(() => new ForgottenIds()), adjust: publishersInDoubt },
  },
  'queues: acknowledgements forgotten by a snapshot': {
    broken: /a snapshot is the state at its index/,
    seed: 6,
    run: {
      serves: 'queues',
      blind: true,
      parts: { ...HONEST_PARTS, stateDisk: (...drawn) => new MarklessSnapshotDisk(...drawn) },
      adjust: smallLogs,
    },
  },
  'queues: memory kept over a snapshot': {
    broken: /State Machine Safety|replicas that applied the same show the same/,
    seed: 3,
    run: { ...topics(() => new KeptMemory()), adjust: smallLogs },
  },
};

function topics(topicMachine: Parts['topicMachine']): Omit<RunOptions, 'seed'> {
  return { serves: 'queues', blind: true, parts: { ...HONEST_PARTS, topicMachine } };
}
