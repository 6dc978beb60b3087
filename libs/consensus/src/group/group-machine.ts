import { invariant } from '@sinkron/invariant';
import { MalformedError } from '../codec/tuple.js';
import type { Entry } from '../raft/core/entry.js';
import type { Term } from '../raft/core/identifiers.js';
import type { Instant } from '../raft/core/instant.js';
import { decodeBatch, encodeCommand, type Command, type CommandOutcome } from './command.js';
import { IdempotencyTable } from './idempotency-table.js';
import {
  applyProposerCommand,
  checkName,
  checkOpening,
  ProposerDuties,
  PROPOSERS_MACHINE,
  type Liveness,
} from './proposer-machine.js';
import { ProposerTable } from './proposer-table.js';
import type {
  ApplyContext,
  LeaderDuties,
  ReplicatedMachine,
  StateTables,
} from './replicated-machine.js';

/** A command of the leader itself, and whom to tell when it is refused. */
export interface DutyCommand {
  readonly bytes: Uint8Array;
  refused(): void;
}

/**
 * The whole state machine of one group: the features' machines behind exactly-once application
 * and remembered answers.
 */
export class GroupMachine {
  private readonly machines = new Map<string, ReplicatedMachine>();
  private readonly proposers: ProposerTable;
  private readonly proposerDuties: ProposerDuties;
  private readonly answers: IdempotencyTable;
  private leading = false;

  constructor(machines: readonly ReplicatedMachine[], tables: StateTables, liveness: Liveness) {
    this.proposers = new ProposerTable(tablesOf(PROPOSERS_MACHINE, tables));
    this.proposerDuties = new ProposerDuties(this.proposers, liveness);
    this.answers = new IdempotencyTable(tablesOf('idempotency', tables));
    for (const machine of machines) {
      invariant(!this.machines.has(machine.name), 'GroupMachine: machine names differ', {
        name: machine.name,
      });
      machine.open(tablesOf(machine.name, tables));
      this.machines.set(machine.name, machine);
    }
  }

  /** Applies a committed entry. @returns one outcome per command in it. */
  apply(entry: Entry, instant: Instant): readonly CommandOutcome[] {
    if (entry.kind === 'noop') return [];
    const { index, term, timeMs: logTimeMs } = entry;
    return decodeBatch(entry.data).map((command) => {
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
    for (const [, duties] of this.duties()) duties.start(term, instant);
  }

  stopLeading(): void {
    this.leading = false;
    for (const [, duties] of this.duties()) duties.stop();
  }

  /** What the leader wants proposed at this heartbeat. */
  tick(instant: Instant): readonly DutyCommand[] {
    if (!this.leading) return [];
    const commands: DutyCommand[] = [];
    for (const [machine, duties] of this.duties()) {
      for (const body of duties.tick(instant)) {
        const bytes = encodeCommand({ machine, body, id: null, idempotency: null });
        commands.push({ bytes, refused: () => duties.refused(body) });
      }
    }
    return commands;
  }

  private applyOnce(command: Command, context: ApplyContext, instant: Instant): CommandOutcome {
    if (command.id === null) return this.applyNew(command, context, instant);
    const admission = this.proposers.admit(command.id);
    if (admission.kind === 'repeated') return admission.outcome;
    const outcome = this.applyNew(command, context, instant);
    this.proposers.record(command.id, outcome);
    return outcome;
  }

  private applyNew(command: Command, context: ApplyContext, instant: Instant): CommandOutcome {
    const { machine, body, idempotency } = command;
    if (machine === PROPOSERS_MACHINE) {
      const result = applyProposerCommand(this.proposers, body, context);
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
    if (this.leading) feature.duties?.observe(applied.effects, instant);
    return { kind: 'applied', result: applied.result, replayed: false };
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

  private *duties(): Iterable<readonly [string, LeaderDuties<unknown>]> {
    yield [PROPOSERS_MACHINE, this.proposerDuties];
    for (const [name, machine] of this.machines) {
      if (machine.duties !== undefined) yield [name, machine.duties];
    }
  }
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
