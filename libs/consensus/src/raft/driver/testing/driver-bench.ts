import { encodeBatch, encodeCommand, proposerId } from '../../../group/command.js';
import { GroupMachine } from '../../../group/group-machine.js';
import { openProposer } from '../../../group/proposers/proposer-machine.js';
import type { Notice, ReplicatedMachine } from '../../../group/replicated-machine.js';
import { MemoryTables } from '../../../group/testing/memory-tables.js';
import type { Entry } from '../../core/entry.js';
import { logIndex, replicaId, term, type Term } from '../../core/identifiers.js';
import type { ReadId, ReadReady } from '../../core/lease/read-queue.js';
import { NO_MEMBERS } from '../../core/membership/configuration.js';
import type { Raft } from '../../core/raft.js';
import type { Proposal } from '../../core/role/leadership.js';
import { GroupDriver } from '../group-driver.js';
import type { GroupState } from '../ports.js';

export const NOW = { monotonicMs: 0, wallMs: 0 };
export const PROPOSER = { id: proposerId('node1:p'), nodeId: 'node1', incarnation: 'x' };
export const OPENING = openProposer(PROPOSER);

/** A command of the open proposer. */
export function command(sequence: number, body: unknown = 'body'): Uint8Array {
  const id = { proposer: PROPOSER.id, sequence, acknowledgedBelow: 1 };
  return encodeCommand({ machine: 'm', body, id, idempotency: null });
}

interface ScriptedLeadership {
  readonly termStartIndex: number;
  readonly replication: unknown;
  readonly quiet?: boolean;
  readonly hearsMajority?: () => boolean;
}

/** The core as the driver sees it, with role, log and commit index set by hand. */
export class ScriptedRaft {
  leader = replicaId('node1/a');
  term: Term = term(1);
  leadership: ScriptedLeadership | undefined = {
    termStartIndex: 1,
    replication: { snapshotTargets: () => [] },
  };
  log: Entry[] = [];
  applicableIndex = 0;
  refusal: Proposal | null = null;
  confirmed: ReadReady[] = [];
  lost: ReadId[] = [];
  readsAsked: ReadId[] = [];
  readonly snapshots = { takeAnswers: () => [], takeParts: () => [] };
  readonly logBase = { index: 0, term: 0, timeMs: 0 };
  readonly members = NO_MEMBERS;

  /** What a tick brings about. */
  ticked = (): void => {};

  get roleName(): 'leader' | 'follower' {
    return this.leadership === undefined ? 'follower' : 'leader';
  }

  get lastIndex(): number {
    return this.log.length;
  }

  tick(): void {
    this.ticked();
  }

  propose(payloads: readonly Uint8Array[]): Proposal {
    if (this.refusal !== null) return this.refusal;
    const [data] = payloads;
    if (data === undefined) throw new Error('no payload');
    return { kind: 'appended', term: this.term, firstIndex: this.append('commands', data) };
  }

  append(kind: Entry['kind'], data: Uint8Array = new Uint8Array()) {
    const index = logIndex(this.log.length + 1);
    this.log.push({ term: this.term, index, kind, timeMs: 1000, data });
    return index;
  }

  /** Whether an entry is on its way to a majority that answers. */
  committing = false;

  awaitsCommit(): boolean {
    return this.committing;
  }

  entries(from: number, toExclusive: number): readonly Entry[] {
    return this.log.slice(from - 1, toExclusive - 1);
  }

  requestRead(id: ReadId): 'waiting' | 'notLeader' {
    if (this.leadership === undefined) return 'notLeader';
    this.readsAsked.push(id);
    return 'waiting';
  }

  takeReads(): { confirmed: readonly ReadReady[]; lost: readonly ReadId[] } {
    const taken = { confirmed: this.confirmed, lost: this.lost };
    this.confirmed = [];
    this.lost = [];
    return taken;
  }
}

export class MemoryState extends MemoryTables implements GroupState {
  appliedIndex = 0;
  saturated = false;
  readonly flushedIndex = 0;
  readonly installed = null;

  markApplied(index: number): void {
    this.appliedIndex = index;
  }

  openSnapshot(): null {
    return null;
  }

  beginInstall(): never {
    throw new Error('no snapshot comes here');
  }
}

/** A driver over a scripted core, and what it tells its machine and the callers. */
export class DriverBench {
  readonly raft = new ScriptedRaft();
  readonly state = new MemoryState();
  readonly told: string[] = [];
  readonly outcomes: string[] = [];
  readonly driver: GroupDriver;
  /** What the machine wants proposed, and says, when it is asked next. */
  wanted: unknown[] = [];
  notices: Notice[] = [];
  /** What it wants proposed at each tick. */
  due: readonly unknown[] = ['due'];
  readonly applied: unknown[] = [];
  private sequence = 0;

  constructor() {
    const machine: ReplicatedMachine = {
      name: 'm',
      open: () => {},
      apply: (body) => {
        this.applied.push(body);
        return { result: null, remember: false, effects: [] };
      },
      query: () => null,
      duties: {
        start: (leading) => void this.told.push(`start ${leading}`),
        observe: () => void this.told.push('observe'),
        tick: () => this.due,
        followUps: () => this.wanted.splice(0),
        takeNotices: () => this.notices.splice(0),
        refused: (command) => void this.told.push(`refused ${String(command)}`),
        request: () => null,
        stop: () => void this.told.push('stop'),
      },
    };
    const group = new GroupMachine([machine], this.state, {
      incarnation: () => null,
      silenceMs: () => null,
    });
    const opening = encodeBatch([encodeCommand(OPENING)]);
    const entry = { term: term(1), index: logIndex(0), timeMs: 0, data: opening };
    group.apply({ ...entry, kind: 'commands' }, NOW);
    const raft = this.raft as unknown as Raft;
    const { state } = this;
    this.driver = new GroupDriver({
      group: 'g',
      raft,
      machine: group,
      state,
      founders: NO_MEMBERS,
    });
  }

  /** A leader of term 1 that has applied the entry which opens it. */
  static leading(): DriverBench {
    const bench = new DriverBench();
    bench.raft.append('noop');
    bench.commit(1);
    return bench;
  }

  propose(sequence = (this.sequence += 1), body: unknown = 'body'): void {
    this.driver.propose(command(sequence, body), ({ kind }) => this.outcomes.push(kind));
  }

  read(): void {
    this.driver.read(({ kind }) => this.outcomes.push(kind));
  }

  run(): boolean {
    return this.driver.run(NOW);
  }

  commit(index: number): void {
    this.raft.applicableIndex = index;
    this.run();
  }

  depose(by: Term): void {
    this.raft.term = by;
    this.raft.leadership = undefined;
  }
}
