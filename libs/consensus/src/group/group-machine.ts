import { invariant } from '@sinkron/invariant';
import { MalformedError } from '../codec/tuple.js';
import type { Entry } from '../raft/core/entry.js';
import type { Term } from '../raft/core/identifiers.js';
import type { Instant } from '../raft/core/instant.js';
import {
  decodeBatch,
  decodeCommand,
  encodeCommand,
  type Command,
  type CommandOutcome,
  type ProposerId,
} from './command.js';
import { IdempotencyTable } from './idempotency-table.js';
import {
  applyProposerCommand,
  checkName,
  checkOpening,
  ProposerDuties,
  PROPOSERS_MACHINE,
  type Liveness,
} from './proposers/proposer-machine.js';
import { ProposerTable } from './proposers/proposer-table.js';
import type {
  ApplyContext,
  LeaderDuties,
  Notice,
  ReplicatedMachine,
  StateTables,
} from './replicated-machine.js';

/** A command of the leader itself, and whom to tell when it is refused. */
export interface DutyCommand {
  readonly bytes: Uint8Array;
  readonly command: Command;
  readonly refused: () => void;
}

/** A notice and the machine that gives it. */
export interface MachineNotice {
  readonly machine: string;
  readonly notice: Notice;
}

const NOTHING: readonly never[] = [];

/**
 * The whole state machine of one group: the features' machines behind exactly-once application
 * and remembered answers.
 */
export class GroupMachine {
  private readonly machines = new Map<string, ReplicatedMachine>();
  private readonly proposers: ProposerTable;
  private readonly answers: IdempotencyTable;
  /** Of all machines, those of the proposers first. */
  private readonly duties: (readonly [machine: string, LeaderDuties<unknown>])[] = [];
  private leading = false;

  constructor(
    machines: readonly ReplicatedMachine[],
    private readonly tables: StateTables,
    liveness: Liveness,
  ) {
    this.proposers = new ProposerTable(tablesOf(PROPOSERS_MACHINE, tables));
    this.duties.push([PROPOSERS_MACHINE, new ProposerDuties(this.proposers, liveness)]);
    this.answers = new IdempotencyTable(tablesOf('idempotency', tables));
    for (const machine of machines) {
      invariant(!this.machines.has(machine.name), 'GroupMachine: machine names differ', {
        name: machine.name,
      });
      this.machines.set(machine.name, machine);
      if (machine.duties !== undefined) this.duties.push([machine.name, machine.duties]);
    }
    for (const machine of this.machines.values()) {
      machine.open(tablesOf(machine.name, tables));
    }
  }

  /**
   * The tables were replaced as a whole, by a snapshot: all that was read from them is read anew, a
   * record a step. Up to the last step, which changes all at once, it answers as before. Nothing may
   * be applied before that; given up half-way, it has changed nothing.
   */
  *reload(): Generator<undefined, void> {
    const changes = [yield* this.proposers.reread(), yield* this.answers.reread()];
    for (const machine of this.machines.values()) {
      const tables = tablesOf(machine.name, this.tables);
      const rereading = machine.reread?.(tables);
      changes.push(rereading === undefined ? () => machine.open(tables) : yield* rereading);
    }
    invariant(!this.leading, 'GroupMachine: a leader needs no snapshot');
    for (const change of changes) change();
  }

  /**
   * Applies a committed entry.
   *
   * @param decoded the entry's commands, where they are at hand: what `decodeBatch` of this very
   * entry's data gives.
   * @returns one outcome per command in it.
   */
  apply(
    entry: Entry,
    instant: Instant,
    decoded: readonly Command[] | null = null,
  ): readonly CommandOutcome[] {
    if (entry.kind !== 'commands') return [];
    const { index, term, timeMs: logTimeMs } = entry;
    return (decoded ?? decodeBatch(entry.data)).map((command) => {
      const { id, idempotency } = command;
      const proposer = id === null ? null : id.proposer;
      const context = { index, term, logTimeMs, proposer, idempotency };
      return this.applyOnce(command, context, instant);
    });
  }

  /**
   * Checks a command of a node before it is proposed here: what throws when it is applied would
   * stop every replica, at every start again.
   *
   * @throws MalformedError
   */
  check(command: Command): void {
    const { machine, id, idempotency } = command;
    if (machine === PROPOSERS_MACHINE) return checkOpening(command);
    this.addressed(machine);
    if (id === null) throw new MalformedError('a command of a node has an id');
    checkName(id.proposer);
    if (idempotency === null) return;
    checkName(idempotency.scope);
    checkName(idempotency.fingerprint);
  }

  /** @throws MalformedError when there is no such machine. */
  query(machine: string, query: unknown, instant: Instant): unknown {
    return this.addressed(machine).query(query, instant);
  }

  /**
   * A request to the leader's memory; the caller has checked the leader's lease.
   *
   * @throws MalformedError when there is no such machine, or it answers no requests.
   */
  request(machine: string, request: unknown, instant: Instant): unknown {
    const { duties } = this.addressed(machine);
    if (duties === undefined) throw new MalformedError(`${machine} answers no requests`);
    invariant(this.leading, 'GroupMachine: requests go to the leader', { machine });
    return duties.request(request, instant);
  }

  startLeading(term: Term, instant: Instant): void {
    this.leading = true;
    for (const [, duties] of this.duties) duties.start(term, instant);
  }

  stopLeading(): void {
    this.leading = false;
    for (const [, duties] of this.duties) duties.stop();
  }

  /** The node that opened a proposer; undefined when it is not open. */
  nodeOf(proposer: ProposerId): string | undefined {
    return this.proposers.get(proposer)?.nodeId;
  }

  /** What the leader wants proposed at this heartbeat. */
  tick(instant: Instant): readonly DutyCommand[] {
    return this.wanted((duties) => duties.tick(instant));
  }

  /** What the leader wants proposed because of what it has started or applied. */
  followUps(): readonly DutyCommand[] {
    return this.wanted((duties) => duties.followUps());
  }

  /** Takes what the leader wants the nodes of proposers to hear. */
  takeNotices(): readonly MachineNotice[] {
    if (!this.leading) return NOTHING;
    // Asked at every run: mostly there is none.
    let notices: MachineNotice[] | undefined;
    for (const [machine, duties] of this.duties) {
      for (const notice of duties.takeNotices()) (notices ??= []).push({ machine, notice });
    }
    return notices ?? NOTHING;
  }

  private wanted(
    wish: (duties: LeaderDuties<unknown>) => readonly unknown[],
  ): readonly DutyCommand[] {
    if (!this.leading) return NOTHING;
    let commands: DutyCommand[] | undefined;
    for (const [machine, duties] of this.duties) {
      for (const body of wish(duties)) {
        const bytes = encodeCommand({ machine, body, id: null, idempotency: null });
        // As the other replicas will read it, whatever becomes of the object meanwhile.
        const command = decodeCommand(bytes);
        (commands ??= []).push({ bytes, command, refused: () => duties.refused(body) });
      }
    }
    return commands ?? NOTHING;
  }

  private applyOnce(command: Command, context: ApplyContext, instant: Instant): CommandOutcome {
    if (command.id === null) return this.applyNew(command, context, instant);
    const admission = this.proposers.admit(command.id);
    if (admission.kind === 'repeated') return admission.outcome;
    const outcome = this.applyNew(command, context, instant);
    this.proposers.record(command.id, kept(outcome));
    return outcome;
  }

  private applyNew(command: Command, context: ApplyContext, instant: Instant): CommandOutcome {
    const { machine, body, idempotency } = command;
    if (machine === PROPOSERS_MACHINE) {
      const { result, closed } = applyProposerCommand(this.proposers, body, context);
      if (closed !== null) this.closed(closed, context, instant);
      return { kind: 'applied', result, replayed: false };
    }
    if (idempotency !== null) {
      const recollection = this.answers.recall(idempotency, context.logTimeMs);
      switch (recollection.kind) {
        case 'known':
          return { kind: 'applied', result: recollection.result, replayed: true };
        case 'reused':
          return { kind: 'idempotencyKeyReused' };
        case 'full':
          return { kind: 'idempotencyFull' };
        case 'unknown':
      }
    }
    const feature = this.machine(machine);
    const applied = feature.apply(body, context);
    if (idempotency !== null && applied.remember) {
      this.answers.remember(idempotency, applied.result, context);
    }
    if (applied.settled !== undefined) {
      for (const { request, result } of applied.settled) {
        this.answers.remember(request, result, context);
      }
    }
    if (this.leading) feature.duties?.observe(applied.effects, instant);
    const { result, present } = applied;
    const outcome = { kind: 'applied', result, replayed: false } as const;
    return this.leading && present !== undefined ? { ...outcome, present } : outcome;
  }

  private closed(proposer: ProposerId, context: ApplyContext, instant: Instant): void {
    for (const machine of this.machines.values()) {
      const effects = machine.closeProposer?.(proposer, context);
      if (this.leading && effects !== undefined) machine.duties?.observe(effects, instant);
    }
  }

  /** The machine that somebody else named. */
  private addressed(name: string): ReplicatedMachine {
    const machine = this.machines.get(name);
    if (machine === undefined) throw new MalformedError(`no machine ${name} in this group`);
    return machine;
  }

  private machine(name: string): ReplicatedMachine {
    const machine = this.machines.get(name);
    invariant(machine !== undefined, 'GroupMachine: has the machine', { name });
    return machine;
  }
}

/** What is remembered of an outcome: not the records that it refers to. */
function kept(outcome: CommandOutcome): CommandOutcome {
  if (outcome.kind !== 'applied' || outcome.present === undefined) return outcome;
  const { kind, result, replayed } = outcome;
  return { kind, result, replayed };
}

/** The tables of one machine inside those of its group. */
function tablesOf(machine: string, tables: StateTables): StateTables {
  // Asked several times a command: each name is made once.
  const names = new Map<string, string>();
  const inner = (table: string): string => {
    let name = names.get(table);
    if (name === undefined) names.set(table, (name = `${machine}.${table}`));
    return name;
  };
  return {
    get: (table, key) => tables.get(inner(table), key),
    put: (table, key, value) => tables.put(inner(table), key, value),
    remove: (table, key) => tables.remove(inner(table), key),
    range: (table, from) => tables.range(inner(table), from),
  };
}
