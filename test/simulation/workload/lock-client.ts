import type { ClientChecks } from '../checks/client-checks.js';
import type { AskedLease } from '../invariants/mutual-exclusion.js';
import type { SimulatedNode } from '../node/simulated-node.js';
import type { NodeProcess } from '../node/node-process.js';
import type { Prng } from '../random/prng.js';
import type { Answer } from '../requests/gateway.js';
import type { World } from '../world/world.js';
import {
  LOCK_MACHINE,
  readHolderToken,
  readLockAnswer,
  type LockCommandBody,
} from './lock-protocol.js';
import type { Operation } from './operation.js';
import type { WorkloadOptions } from './workload-options.js';

/** Tries of an operation with an idempotency key before its client gives up. */
const TRIES_MAX = 4;

/** What a client hopes that it holds. */
interface Hold {
  readonly lock: string;
  readonly token: number;
  readonly ttlMs: number;
}

/** What all clients share. */
export interface ClientSurroundings {
  readonly world: World;
  readonly checks: ClientChecks;
  readonly nodes: readonly SimulatedNode[];
  readonly options: WorkloadOptions;
  nextOperation(): number;
}

/** One client: one operation at a time, like one thread of control. */
export class LockClient {
  /** Operations begun and not yet ended. */
  busy = false;
  private hold: Hold | null = null;
  private stopped = false;

  constructor(
    readonly owner: string,
    private readonly home: string,
    private readonly around: ClientSurroundings,
    private readonly random: Prng,
  ) {}

  /** Works until it is stopped. */
  work(): void {
    this.think(() => this.begin(this.draw(), () => this.work()));
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
    const lock = `probe ${this.owner}`;
    const acquire = { ...this.operation('acquire', lock), ttlMs: 60_000, keyed: false };
    this.begin(
      acquire,
      (first) => {
        if (!first && tries > 1) return this.probe(deadlineUs, answered, tries - 1);
        if (!first) return answered(false);
        this.begin({ ...this.operation('get', lock), keyed: false }, answered, deadlineUs);
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

  private draw(): Operation {
    const { random, hold } = this;
    const { options } = this.around;
    const lock = `lock-${random.integer(0, options.locks)}`;
    if (random.permille(options.readPermille)) return this.operation('get', lock);
    if (hold === null) return this.operation('acquire', lock);
    switch (random.integer(0, 6)) {
      case 0:
        return this.operation('renew', hold.lock);
      case 1:
      case 2:
        return this.operation('renewInMemory', hold.lock);
      case 3:
        // Once more for its holder, or a second lock that nobody will release.
        return this.operation('acquire', random.permille(500) ? hold.lock : lock);
      default:
        return this.operation('release', hold.lock);
    }
  }

  private operation(kind: Operation['kind'], lock: string): Operation {
    const { world, checks, options } = this.around;
    const command = kind !== 'get' && kind !== 'renewInMemory';
    const fresh = this.random.integer(options.ttlMsMin, options.ttlMsMax + 1);
    return {
      id: this.around.nextOperation(),
      kind,
      lock,
      keyed: command && this.random.permille(options.keyedPermille),
      token: this.hold?.token ?? 0,
      ttlMs: kind === 'renewInMemory' ? (this.hold?.ttlMs ?? fresh) : fresh,
      askedAtUs: world.nowUs,
      tokenBefore: checks.tokens.toldBefore(lock),
      answeredIndex: checks.reads.answeredIndex,
    };
  }

  private begin(
    operation: Operation,
    ended: (answered: boolean) => void,
    deadlineUs: number | null = null,
  ): void {
    const { world, checks } = this.around;
    this.busy = true;
    world.note(`${this.owner} ${operation.kind} ${operation.lock} #${operation.id}`);
    if (operation.kind === 'release') {
      // From here on it does not rely on the lock any more.
      checks.exclusion.ended(operation.lock, this.owner);
      this.hold = null;
    }
    if (operation.kind === 'acquire' || operation.kind === 'renew') {
      checks.exclusion.asked(this.lease(operation, operation.ttlMs));
    }
    checks.commands.invoked(operation.id, operation.keyed);
    this.attempt(operation, 1, deadlineUs, (answered) => {
      this.busy = false;
      ended(answered);
    });
  }

  private attempt(
    operation: Operation,
    tries: number,
    deadlineUs: number | null,
    ended: (answered: boolean) => void,
  ): void {
    const { world, checks, options } = this.around;
    const process = this.process(tries);
    const patienceUs = this.random.integer(options.deadlineUsMin, options.deadlineUsMax + 1);
    let open = true;
    const done = (answer: Answer): void => {
      if (!open) return;
      open = false;
      forget();
      world.note(`${this.owner} #${operation.id} ${answer.kind}`);
      if (answer.kind === 'applied' || answer.kind === 'read') {
        this.answered(operation, answer);
        return ended(true);
      }
      if (answer.kind === 'unknown') checks.commands.unknown(operation.id);
      const again = operation.keyed && tries < TRIES_MAX && !this.stopped;
      if (again) return this.attempt(operation, tries + 1, deadlineUs, ended);
      ended(false);
    };
    const forget = process?.onGone(() => done({ kind: 'unknown' })) ?? ((): void => {});
    if (process === null) {
      // Nobody is there to talk to; it looks again later.
      world.schedule(100_000, () => done({ kind: 'notDone' }));
      return;
    }
    const until = deadlineUs ?? world.nowUs + patienceUs;
    process.onTurn(() => this.send(process, operation, until, done));
  }

  /** Its own node first, any other after that. */
  private process(tries: number): NodeProcess | null {
    const { nodes } = this.around;
    const home = nodes.find((node) => node.id === this.home)?.process ?? null;
    return tries === 1 && home !== null ? home : this.random.pick(nodes).process;
  }

  private send(
    { gateway }: NodeProcess,
    operation: Operation,
    deadlineUs: number,
    done: (answer: Answer) => void,
  ): void {
    const { id, kind, lock, keyed } = operation;
    if (kind === 'get') {
      return gateway.query(LOCK_MACHINE, { kind: 'get', name: lock }, deadlineUs, done);
    }
    if (kind === 'renewInMemory') {
      const renew = { ...this.body(operation, 'renew'), ttlMs: null };
      return gateway.request(LOCK_MACHINE, renew, deadlineUs, done);
    }
    const body = this.body(operation, kind);
    const idempotency = keyed ? { scope: `key ${id}`, fingerprint: `body of ${id}` } : null;
    gateway.execute({ machine: LOCK_MACHINE, body, idempotency, deadlineUs }, done);
  }

  private body(operation: Operation, kind: LockCommandBody['kind']): LockCommandBody {
    const { id, lock, token, ttlMs } = operation;
    const target = { kind, operation: id, name: lock, sessionId: null, owner: this.owner };
    switch (kind) {
      case 'acquire':
        return { ...target, mode: 'exclusive', ttlMs, metadata: null };
      case 'release':
        return { ...target, token };
      case 'renew':
        return { ...target, token, ttlMs };
    }
  }

  private answered(operation: Operation, answer: Extract<Answer, { result: unknown }>): void {
    const { checks, world } = this.around;
    const { id, kind, lock, answeredIndex } = operation;
    if (answer.kind === 'applied') checks.reads.answered(checks.commands.answered(id));
    if (answer.kind === 'read') {
      const { appliedIndex, result } = answer;
      if (kind === 'get') {
        checks.reads.read(lock, answeredIndex, { appliedIndex, token: readHolderToken(result) });
        return;
      }
    }
    const told = readLockAnswer(answer.result);
    world.note(`${told.status} ${told.token}`);
    switch (told.status) {
      case 'granted': {
        const { token, holds } = told;
        const fresh = holds === 1;
        checks.tokens.told(lock, this.owner, token, operation.tokenBefore, fresh);
        return this.holds(operation, token, told.ttlMs);
      }
      case 'renewed':
        world.met(kind === 'renew' ? 'lease renewed in the log' : 'lease renewed in memory');
        return this.holds(operation, told.token, told.ttlMs);
      case 'not-holder':
        checks.exclusion.ended(lock, this.owner);
        if (this.hold?.lock === lock) this.hold = null;
    }
    checks.exclusion.refused(id, lock, this.owner);
  }

  private holds(operation: Operation, token: number, ttlMs: number): void {
    const { checks, world } = this.around;
    this.hold = { lock: operation.lock, token, ttlMs };
    checks.exclusion.told(this.lease(operation, ttlMs), token, world.nowUs);
  }

  private lease({ id, lock, askedAtUs }: Operation, ttlMs: number): AskedLease {
    return { operation: id, lock, owner: this.owner, ttlMs, askedAtUs };
  }
}
