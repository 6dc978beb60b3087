import type { ClientChecks } from '../checks/client-checks.js';
import type { NodeProcess } from '../node/node-process.js';
import type { SimulatedNode } from '../node/simulated-node.js';
import type { Prng } from '../random/prng.js';
import { ClientLine } from '../requests/client-line.js';
import type { World } from '../world/world.js';
import { AnswerReading } from './answer-reading.js';
import { ClientHoldings } from './client-holdings.js';
import type { Operation, Order } from './operation.js';
import { OrderDrawing } from './order-drawing.js';
import { sendOrder, type Answered } from './order-sending.js';
import type { WorkloadOptions } from './workload-options.js';

/** Tries of an operation with an idempotency key before its client gives up. */
const TRIES_MAX = 4;

/** What all clients share. */
export interface ClientSurroundings {
  readonly world: World;
  readonly checks: ClientChecks;
  readonly nodes: readonly SimulatedNode[];
  readonly options: WorkloadOptions;
  nextOperation(): number;
}

/** One operation under way. */
interface Effort {
  readonly operation: Operation;
  /** Null for the client's usual patience, virtual microseconds. */
  readonly deadlineUs: number | null;
  readonly ended: (answered: boolean) => void;
  /** Connections of tries that have not ended. */
  readonly lines: Set<ClientLine>;
  tries: number;
  open: boolean;
}

/** One client: one operation at a time, like one thread of control. */
export class LockClient {
  /** Operations begun and not yet ended. */
  busy = false;
  private readonly holdings: ClientHoldings;
  private readonly drawing: OrderDrawing;
  private readonly reading: AnswerReading;
  private stopped = false;

  constructor(
    readonly owner: string,
    private readonly home: string,
    private readonly around: ClientSurroundings,
    private readonly random: Prng,
  ) {
    this.holdings = new ClientHoldings(owner, around.checks);
    this.drawing = new OrderDrawing(owner, around.options, random);
    this.reading = new AnswerReading(owner, this.holdings, around.world, around.checks);
  }

  /** Works until it is stopped. */
  work(): void {
    this.think(() => {
      const order = this.drawing.next(this.holdings);
      this.begin(this.operation(order, this.isKeyed(order)), () => this.work());
    });
  }

  stop(): void {
    this.stopped = true;
  }

  /**
   * Writes and reads once: what must be answered in a cluster without faults. The first try may
   * still meet a proposer that was closed in its absence.
   *
   * @param answered gets whether both were.
   */
  probe(deadlineUs: number, answered: (answered: boolean) => void, tries = 2): void {
    const name = `probe ${this.owner}`;
    this.begin(
      this.operation(this.drawing.probe(name), false),
      (first) => {
        if (!first && tries > 1) return this.probe(deadlineUs, answered, tries - 1);
        if (!first) return answered(false);
        this.begin(this.operation({ kind: 'get', name }, false), answered, deadlineUs);
      },
      deadlineUs,
    );
  }

  private think(then: () => void): void {
    const { world, options } = this.around;
    world.schedule(this.random.integer(1, options.thinkUsMax + 1), () => {
      if (!this.stopped) then();
    });
  }

  private isKeyed({ kind }: Order): boolean {
    const command = kind !== 'get' && kind !== 'keep-alive';
    return command && this.random.permille(this.around.options.keyedPermille);
  }

  private operation(order: Order, keyed: boolean): Operation {
    const { world, checks } = this.around;
    const names = order.kind === 'acquire' ? order.locks.map(({ name }) => name) : [];
    return {
      id: this.around.nextOperation(),
      order,
      keyed,
      askedAtUs: world.nowUs,
      tokensBefore: new Map(names.map((name) => [name, checks.tokens.toldBefore(name)])),
      answeredIndex: checks.reads.answeredIndex,
    };
  }

  private begin(
    operation: Operation,
    ended: (answered: boolean) => void,
    deadlineUs: number | null = null,
  ): void {
    const { world, checks } = this.around;
    const { id, keyed, order } = operation;
    this.busy = true;
    world.note(`${this.owner} #${id} ${keyed ? 'keyed ' : ''}${JSON.stringify(order)}`);
    this.holdings.asks(operation);
    checks.commands.invoked(id, keyed);
    checks.history.invoked(this.owner, operation);
    const effort: Effort = {
      operation,
      deadlineUs,
      ended: (answered) => {
        this.busy = false;
        checks.history.ended(id);
        ended(answered);
      },
      lines: new Set(),
      tries: 0,
      open: true,
    };
    this.attempt(effort);
    if (order.kind === 'acquire' && order.waitMs > 0 && !this.stopped) this.loseTemper(effort);
  }

  private attempt(effort: Effort): void {
    const { world, options } = this.around;
    const { operation, deadlineUs } = effort;
    effort.tries += 1;
    const process = this.process(effort.tries);
    const patienceUs = this.random.integer(options.deadlineUsMin, options.deadlineUsMax + 1);
    const line = new ClientLine();
    effort.lines.add(line);
    const done = (answer: Answered): void => {
      if (!effort.lines.delete(line)) return;
      forget();
      this.tryEnded(effort, answer);
    };
    const forget = process?.onGone(() => done({ kind: 'unknown' })) ?? ((): void => {});
    if (process === null) {
      // Nobody is there to talk to; it looks again later.
      world.schedule(100_000, () => done({ kind: 'notDone' }));
      return;
    }
    const until = deadlineUs ?? world.nowUs + patienceUs;
    process.onTurn(() => sendOrder(process, operation, { owner: this.owner, until, line }, done));
  }

  private tryEnded(effort: Effort, answer: Answered): void {
    const { world, checks } = this.around;
    const { operation } = effort;
    if (!effort.open) return;
    world.note(`${this.owner} #${operation.id} ${answer.kind}`);
    if (answer.kind === 'unknown') checks.unknown(operation.id);
    if (answer.kind === 'answered') {
      this.end(effort);
      this.reading.answered(operation, answer, effort.tries === 1);
      return effort.ended(true);
    }
    if (effort.lines.size > 0) return;
    if (operation.keyed && effort.tries < TRIES_MAX && !this.stopped) return this.attempt(effort);
    this.end(effort);
    effort.ended(false);
  }

  /** After a while of waiting it leaves, or asks once more through another node. */
  private loseTemper(effort: Effort): void {
    const { world, options, checks } = this.around;
    const { random } = this;
    const { operation } = effort;
    if (!random.permille(options.impatientPermille)) return;
    world.schedule(random.integer(1000, options.waitMsMax * 1000), () => {
      if (!effort.open) return;
      if (!operation.keyed) {
        world.note(`${this.owner} #${operation.id} leaves`);
        checks.unknown(operation.id);
        this.end(effort);
        return effort.ended(false);
      }
      if (effort.tries === TRIES_MAX) return;
      const [line] = effort.lines;
      // It gives the first connection up, or waits at both.
      if (random.permille(500) && line !== undefined) {
        effort.lines.delete(line);
        checks.unknown(operation.id);
        line.leave();
      }
      this.attempt(effort);
    });
  }

  /** The connections of tries that nobody needs any more are closed. */
  private end(effort: Effort): void {
    effort.open = false;
    const lines = [...effort.lines];
    effort.lines.clear();
    for (const line of lines) line.leave();
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
