import type { QueueChecks } from '../../checks/queues/queue-checks.js';
import type { QueueRecording } from '../../history/queue-recording.js';
import type { NodeProcess } from '../../node/node-process.js';
import type { SimulatedNode } from '../../node/simulated-node.js';
import type { Prng } from '../../random/prng.js';
import { ClientLine } from '../../requests/client-line.js';
import type { World } from '../../world/world.js';
import type { QueueOptions } from './queue-options.js';
import type { QueueOperation, QueueOrder, ReceivedMessage, Repeats } from './queue-order.js';
import { sendQueueOrder, type QueueAnswered } from './queue-sending.js';
import { readMessages } from './received-messages.js';

/** Tries of an operation that is repeated before its client gives up. */
const TRIES_MAX = 4;

/** Answers in a thousand, of operations that are repeated, that are lost on their way to the client. */
const LOST_ANSWERS_PERMILLE = 60;

/** What all clients of queues share. */
export interface QueueSurroundings {
  readonly world: World;
  readonly checks: QueueChecks;
  readonly recording: QueueRecording;
  readonly nodes: readonly SimulatedNode[];
  readonly options: QueueOptions;
  /** Of operations. */
  readonly numbers: { last: number };
}

/** What an operation gave its client; null: no answer, or none of use. */
export type Told =
  | (Exclude<QueueAnswered, { kind: 'unknown' | 'notDone' }> & {
      /** Of a receive. */
      readonly messages: readonly ReceivedMessage[];
    })
  | null;

/** One operation under way. */
interface Effort {
  readonly operation: QueueOperation;
  /** Null for the client's usual patience, virtual microseconds. */
  readonly deadlineUs: number | null;
  readonly ended: (told: Told) => void;
  /** Connections of tries that have not ended. */
  readonly lines: Set<ClientLine>;
  tries: number;
  /** Some try ended without an answer, or goes on unheard. */
  unsure: boolean;
  open: boolean;
}

/** How one client of queues asks: one operation at a time, through whichever node. */
export class QueueClient {
  busy = false;
  private stopped = false;

  constructor(
    readonly name: string,
    private readonly home: string,
    private readonly around: QueueSurroundings,
    private readonly random: Prng,
  ) {}

  get isStopped(): boolean {
    return this.stopped;
  }

  stop(): void {
    this.stopped = true;
  }

  /** Pauses, and then goes on unless it was stopped meanwhile. */
  think(then: () => void): void {
    const { world, options } = this.around;
    world.schedule(this.random.integer(1, options.thinkUsMax + 1), () => {
      if (!this.stopped) then();
    });
  }

  /**
   * @param draw what is to be asked, given the number of the operation; null for nothing now.
   * @returns whether something was.
   */
  ask(
    draw: (operation: number) => { readonly order: QueueOrder; readonly repeats: Repeats } | null,
    ended: (told: Told) => void,
    deadlineUs: number | null = null,
  ): boolean {
    const { world, checks, recording, options, numbers } = this.around;
    const id = numbers.last + 1;
    const drawn = draw(id);
    if (drawn === null) return false;
    numbers.last = id;
    const { order, repeats } = drawn;
    const operation: QueueOperation = { id, order, repeats, from: recording.nowMs };
    this.busy = true;
    world.note(`${this.name} #${id} ${repeats} ${JSON.stringify(order)}`);
    checks.commands.invoked(id, repeats === 'key');
    const effort: Effort = {
      operation,
      deadlineUs,
      ended: (told) => {
        this.busy = false;
        ended(told);
      },
      lines: new Set(),
      tries: 0,
      unsure: false,
      open: true,
    };
    this.attempt(effort);
    const leaves = order.kind === 'receive' && order.waitMs > 0 && !this.stopped;
    if (leaves && this.random.permille(options.impatientPermille)) this.loseTemper(effort);
    return true;
  }

  private attempt(effort: Effort): void {
    const { world, options } = this.around;
    const { operation, deadlineUs } = effort;
    effort.tries += 1;
    const process = this.process(effort.tries);
    const patienceUs = this.random.integer(options.deadlineUsMin, options.deadlineUsMax + 1);
    const line = new ClientLine();
    effort.lines.add(line);
    const done = (answer: QueueAnswered): void => {
      if (!effort.lines.delete(line)) return;
      forget();
      this.tryEnded(effort, this.isLost(effort) ? { kind: 'unknown' } : answer);
    };
    const forget = process?.onGone(() => done({ kind: 'unknown' })) ?? ((): void => {});
    if (process === null) {
      // Nobody is there to talk to; it looks again later.
      world.schedule(100_000, () => done({ kind: 'notDone' }));
      return;
    }
    const untilUs = deadlineUs ?? world.nowUs + patienceUs;
    process.onTurn(() => sendQueueOrder(process, operation, { untilUs, line }, done));
  }

  private isLost({ operation, tries }: Effort): boolean {
    if (operation.repeats === 'never' || tries === TRIES_MAX || this.stopped) return false;
    return this.random.permille(LOST_ANSWERS_PERMILLE);
  }

  private tryEnded(effort: Effort, answer: QueueAnswered): void {
    const { world } = this.around;
    const { operation, tries } = effort;
    if (!effort.open) return;
    world.note(`${this.name} #${operation.id} ${wordOf(answer)}`);
    if (answer.kind === 'unknown') this.unsure(effort);
    if (answer.kind !== 'unknown' && answer.kind !== 'notDone') return this.end(effort, answer);
    if (effort.lines.size > 0) return;
    const again = operation.repeats !== 'never' && tries < TRIES_MAX && !this.stopped;
    if (again) this.attempt(effort);
    else this.end(effort, null);
  }

  /** After a while of waiting it leaves, or asks once more through another node. */
  private loseTemper(effort: Effort): void {
    const { world, options } = this.around;
    const { random } = this;
    const { operation } = effort;
    world.schedule(random.integer(1000, options.waitMsMax * 1000), () => {
      if (!effort.open) return;
      if (operation.repeats === 'never') {
        world.note(`${this.name} #${operation.id} leaves`);
        this.unsure(effort);
        return this.end(effort, null);
      }
      if (effort.tries === TRIES_MAX) return;
      const [line] = effort.lines;
      // It gives the first connection up, or waits at both.
      if (random.permille(500) && line !== undefined) {
        effort.lines.delete(line);
        this.unsure(effort);
        line.leave();
      }
      this.attempt(effort);
    });
  }

  private unsure(effort: Effort): void {
    effort.unsure = true;
    this.around.checks.commands.unknown(effort.operation.id);
  }

  private end(
    effort: Effort,
    answer: Exclude<QueueAnswered, { kind: 'unknown' | 'notDone' }> | null,
  ): void {
    const { world, checks, recording } = this.around;
    const { operation } = effort;
    effort.open = false;
    const lines = [...effort.lines];
    effort.lines.clear();
    if (lines.length > 0) this.unsure(effort);
    for (const line of lines) line.leave();
    const messages = answer?.kind === 'received' ? readMessages(answer.texts) : [];
    const recorded = answer === null || answer.kind === 'looked' ? null : answer;
    if (recorded?.replayed === true && recorded.kind === 'received') {
      world.met('receive repeated with its key');
    }
    if (recorded?.kind === 'answered' || (recorded?.handedOut ?? 0) > 0) {
      if (operation.order.kind !== 'make') checks.commands.answered(operation.id);
    }
    recording.ended(operation, { answer: recorded, messages, unsure: effort.unsure });
    effort.ended(answer === null ? null : { ...answer, messages });
  }

  /** Its own node first, any other after that. */
  private process(tries: number): NodeProcess | null {
    const { nodes } = this.around;
    const home = nodes.find((node) => node.id === this.home)?.process ?? null;
    if (tries === 1 && home !== null) return home;
    // A node with corrupted disks never runs again.
    const there = this.stopped ? nodes.filter(({ process }) => process !== null) : nodes;
    return there.length === 0 ? null : this.random.pick(there).process;
  }
}

function wordOf(answer: QueueAnswered): string {
  if (answer.kind === 'answered') return answer.result.status;
  return answer.kind === 'received' ? `received ${answer.handedOut}` : answer.kind;
}
