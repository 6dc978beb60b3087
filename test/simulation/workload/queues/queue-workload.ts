import type { Instant, ReplicatedMachine, StateTables } from '@sinkron/consensus';
import { TOPIC_MACHINE } from '../../../../libs/queueing/src/machine/topic-machine.js';
import { checkQueues, type QueueVerdict } from '../../../queues/check-queues.js';
import { expectQueueAgreement, topicsAtEnd } from '../../checks/queues/queue-agreement.js';
import { QueueChecks } from '../../checks/queues/queue-checks.js';
import type { SettledReplica } from '../../checks/replica-agreement.js';
import { QueueRecording } from '../../history/queue-recording.js';
import { ObservedMachine } from '../../node/observed-machine.js';
import type { Parts } from '../../node/parts.js';
import type { SimulatedNode } from '../../node/simulated-node.js';
import type { Prng } from '../../random/prng.js';
import { expectPromise } from '../../world/violation.js';
import type { World } from '../../world/world.js';
import type { Workload } from '../workload.js';
import { Drainer } from './drainer.js';
import { QueueClient, type QueueSurroundings } from './queue-client.js';
import { QueueDrawing } from './queue-drawing.js';
import type { QueueOptions } from './queue-options.js';
import { QueueWorker } from './queue-worker.js';
import { makeTopic } from './topic-maker.js';
import { TopicPlans } from './topic-plans.js';

/** The topic by which it is seen whether all is answered. */
const PROBE_TOPIC = 'probe';

/** Clients of queues, and the topics that they work with. */
export class QueueWorkload implements Workload {
  readonly serves = 'queues';
  readonly history = [];
  private readonly checks: QueueChecks;
  private readonly recording: QueueRecording;
  private readonly plans: TopicPlans;
  private workers: readonly QueueWorker[] = [];
  private makers: readonly QueueClient[] = [];
  private watcher: QueueClient | null = null;
  private around: QueueSurroundings | null = null;
  private readonly numbers = { last: 0 };

  constructor(
    private readonly world: World,
    private readonly parts: Parts,
    private readonly options: QueueOptions,
    private readonly random: Prng,
    /** Nothing is known but what clients see. */
    blind: boolean,
  ) {
    this.plans = new TopicPlans(options);
    this.checks = new QueueChecks(world, blind);
    this.recording = new QueueRecording(this.checks.clock, this.plans);
  }

  machine(isFirst: (index: number) => boolean): ReplicatedMachine {
    const machine = this.parts.topicMachine();
    return new ObservedMachine(
      machine,
      (observation) => {
        if (isFirst(observation.context.index)) this.checks.applied(observation, machine);
      },
      true,
    );
  }

  installed(tables: StateTables): void {
    const [segment] = tables.range(`${TOPIC_MACHINE}.segments`);
    if (segment !== undefined) this.world.met('snapshot installed with messages');
  }

  start(nodes: readonly SimulatedNode[]): void {
    const { world, checks, recording, options, plans } = this;
    const { numbers } = this;
    this.around = { world, checks, recording, nodes, options, numbers };
    this.makers = options.topics.map((plan, place) => {
      const maker = this.client(`maker-${place + 1}`, place);
      makeTopic(maker, plan, () => plans.ready(plan));
      return maker;
    });
    this.workers = Array.from({ length: options.clients }, (_, place) => {
      const name = `client-${place + 1}`;
      const random = this.random.fork(`drawing ${name}`);
      const drawing = new QueueDrawing(options, plans, random);
      return new QueueWorker(this.client(name, place), drawing, plans);
    });
    this.watcher = this.client('watcher', 0);
    for (const worker of this.workers) worker.work();
  }

  stop(): void {
    for (const client of this.all) client.stop();
  }

  get busy(): readonly string[] {
    return this.all.filter((client) => client.busy).map(({ name }) => name);
  }

  get operations(): number {
    return this.numbers.last;
  }

  watch(deadlineUs: number, answered: (answered: boolean) => void, tries: number): void {
    const { watcher } = this;
    if (watcher === null) return;
    watcher.stop();
    this.probeBy(watcher, deadlineUs, answered, tries);
  }

  probe(deadlineUs: number, answered: (client: string, answered: boolean) => void): number {
    for (const { client } of this.workers) {
      this.probeBy(client, deadlineUs, (done) => answered(client.name, done), 2);
    }
    const groups = this.plans.all().flatMap(({ topic, groups: names }) => {
      return names.map((group) => ({ topic, group }));
    });
    for (const [place, { topic, group }] of groups.entries()) {
      const client = this.client(`drainer ${topic}/${group}`, place);
      client.stop();
      const drained = (empty: boolean): void => answered(client.name, empty);
      new Drainer(client, topic, group, deadlineUs, drained).receive();
    }
    return this.workers.length + groups.length;
  }

  /** Nodes that have not returned what nobody was told of. */
  leftovers(): unknown {
    const left = (this.around?.nodes ?? []).flatMap(({ id, process }) => {
      return process === null || process.receives.size === 0 ? [] : [[id, process.receives.size]];
    });
    return left.length === 0 ? null : left;
  }

  finished(replicas: readonly SettledReplica[], instant: Instant): void {
    this.checks.finished();
    expectQueueAgreement(replicas, instant);
    const [first] = replicas;
    if (first === undefined) return;
    const end = topicsAtEnd(this.plans.all(), first, instant);
    const verdict = checkQueues(this.recording.history(end));
    this.judge(verdict);
    this.meet(verdict);
  }

  private judge({ lost, unexpected, outOfOrder, redelivered }: QueueVerdict): void {
    expectPromise(lost.length === 0, 'no acknowledged message is lost', { lost });
    expectPromise(unexpected.length === 0, 'nothing is delivered but what was published, once', {
      unexpected,
    });
    expectPromise(outOfOrder.length === 0, 'messages of a key come in order, one at a time', {
      outOfOrder,
    });
    const { violations } = redelivered;
    expectPromise(violations.length === 0, 'nothing is handed out again without a reason', {
      violations,
    });
  }

  private meet({ redelivered }: QueueVerdict): void {
    const { world, checks } = this;
    const { byCause } = redelivered;
    for (let nth = 0; nth < byCause.nack; nth += 1) {
      world.met('message delivered again after a nack');
    }
    for (let nth = 0; nth < byCause['visibility passed']; nth += 1) {
      world.met('message delivered again after its visibility');
    }
    for (const operation of this.recording.unknownPublishes) {
      const happened = checks.commands.isDone(operation);
      world.met(
        happened
          ? 'publish of unknown outcome that happened'
          : 'publish of unknown outcome that did not happen',
      );
    }
  }

  /** Publishes and looks. The first try may still meet a proposer that was closed in its absence. */
  private probeBy(
    client: QueueClient,
    deadlineUs: number,
    answered: (answered: boolean) => void,
    tries: number,
  ): void {
    const topic = PROBE_TOPIC;
    client.ask(
      (operation) => {
        const messages = [{ body: `probe ${operation}` }];
        return { order: { kind: 'publish', topic, messages }, repeats: 'never' };
      },
      (told) => {
        if (told === null && tries > 1) {
          return this.probeBy(client, deadlineUs, answered, tries - 1);
        }
        if (told === null) return answered(false);
        const order = { kind: 'look', topic, group: 'nobody' } as const;
        client.ask(
          () => ({ order, repeats: 'never' }),
          (seen) => answered(seen !== null),
          deadlineUs,
        );
      },
      deadlineUs,
    );
  }

  private get all(): readonly QueueClient[] {
    return [...this.makers, ...this.workers.map(({ client }) => client)];
  }

  private client(name: string, place: number): QueueClient {
    const { around } = this;
    if (around === null) throw new Error('QueueWorkload: clients come with the nodes');
    const home = around.nodes[place % around.nodes.length]?.id ?? 'n1';
    return new QueueClient(name, home, around, this.random.fork(name));
  }
}
