import { MalformedError } from '../../codec/tuple.js';
import { encodeBatch, encodeCommand, proposerId } from '../../group/command.js';
import { GroupMachine } from '../../group/group-machine.js';
import { openProposer } from '../../group/proposer-machine.js';
import type { Notice, ReplicatedMachine } from '../../group/replicated-machine.js';
import { MemoryTables } from '../../group/testing/memory-tables.js';
import type { Entry } from '../core/entry.js';
import { logIndex, replicaId, term, type Term } from '../core/identifiers.js';
import type { ReadId, ReadReady } from '../core/lease/read-queue.js';
import type { Raft } from '../core/raft.js';
import type { Proposal } from '../core/role/leadership.js';
import { GroupDriver } from './group-driver.js';
import { ENTRY_COMMANDS_MAX, PROPOSALS_MAX } from './limits.js';
import type { GroupState } from './ports.js';

const NOW = { monotonicMs: 0, wallMs: 0 };
const PROPOSER = { id: proposerId('node1:p'), nodeId: 'node1', incarnation: 'x' };
const OPENING = openProposer(PROPOSER);

function command(sequence: number, body: unknown = 'body'): Uint8Array {
  const id = { proposer: PROPOSER.id, sequence, acknowledgedBelow: 1 };
  return encodeCommand({ machine: 'm', body, id, idempotency: null });
}

/** The core as the driver sees it, with role, log and commit index set by hand. */
class ScriptedRaft {
  leader = replicaId('node1/a');
  term: Term = term(1);
  leadership: { termStartIndex: number } | undefined = { termStartIndex: 1 };
  log: Entry[] = [];
  applicableIndex = 0;
  refusal: Proposal | null = null;
  confirmed: ReadReady[] = [];
  lost: ReadId[] = [];
  readsAsked: ReadId[] = [];

  tick(): void {}

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

class State extends MemoryTables implements GroupState {
  appliedIndex = 0;
  saturated = false;

  markApplied(index: number): void {
    this.appliedIndex = index;
  }
}

class Bench {
  readonly raft = new ScriptedRaft();
  readonly state = new State();
  readonly told: string[] = [];
  readonly outcomes: string[] = [];
  readonly driver: GroupDriver;
  /** What the machine wants proposed, and says, when it is asked next. */
  wanted: unknown[] = [];
  notices: Notice[] = [];
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
        tick: () => ['due'],
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
    this.driver = new GroupDriver('g', this.raft as unknown as Raft, group, this.state);
  }

  /** A leader of term 1 that has applied the entry which opens it. */
  static leading(): Bench {
    const bench = new Bench();
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

describe('GroupDriver', () => {
  it('answers a proposal when its entry is applied, not before', () => {
    const bench = Bench.leading();
    bench.propose();
    bench.run();
    expect(bench.outcomes).toEqual([]);
    bench.commit(2);
    expect(bench.outcomes).toEqual(['applied']);
  });

  it('says refused, and nothing else, of what was not appended', () => {
    const bench = Bench.leading();
    bench.raft.refusal = { kind: 'refused', reason: 'noQuorum' };
    bench.propose();
    bench.propose();
    expect(bench.outcomes).toEqual([]);
    bench.run();
    expect(bench.outcomes).toEqual(['refused', 'refused']);
  });

  it('says lost, once, of what was appended when the leadership ends', () => {
    const bench = Bench.leading();
    bench.propose();
    bench.run();
    bench.depose(term(2));
    bench.run();
    expect(bench.outcomes).toEqual(['lost']);
    bench.commit(2);
    expect(bench.outcomes).toEqual(['lost']);
  });

  it('answers what the next leader has committed before it gives the rest up', () => {
    const bench = Bench.leading();
    bench.propose();
    bench.run();
    bench.propose();
    bench.run();
    bench.depose(term(2));
    bench.commit(2);
    expect(bench.outcomes).toEqual(['applied', 'lost']);
  });

  // Breaks otherwise: the outcome of another leader's entry is taken for that of the own one.
  it('an entry of another term at the same place does not answer', () => {
    const bench = Bench.leading();
    bench.propose();
    bench.run();
    bench.depose(term(2));
    bench.raft.log.length = 1;
    bench.raft.append('commands', encodeBatch([command(1, 'of another leader')]));
    bench.commit(2);
    expect(bench.outcomes).toEqual(['lost']);
  });

  it('gathers the proposals of a turn into entries of bounded size', () => {
    const bench = Bench.leading();
    for (let count = 0; count <= ENTRY_COMMANDS_MAX; count += 1) bench.propose();
    bench.run();
    expect(bench.raft.log).toHaveLength(3);
    bench.commit(3);
    expect(bench.outcomes.filter((kind) => kind === 'applied')).toHaveLength(
      ENTRY_COMMANDS_MAX + 1,
    );
  });

  it('bounds what is under way, and takes more when it is answered', () => {
    const bench = Bench.leading();
    for (let count = 0; count < PROPOSALS_MAX; count += 1) bench.propose();
    bench.propose();
    expect(bench.outcomes).toEqual(['refused']);
    bench.run();
    bench.depose(term(2));
    bench.run();
    expect(bench.outcomes).toHaveLength(PROPOSALS_MAX + 1);
    bench.propose();
    expect(bench.outcomes).toHaveLength(PROPOSALS_MAX + 1);
  });

  it('a read is ready when the state has applied its index', () => {
    const bench = Bench.leading();
    bench.propose();
    bench.read();
    bench.run();
    const [id] = bench.raft.readsAsked;
    if (id === undefined) throw new Error('no read was asked for');
    bench.raft.confirmed.push({ id, readIndex: logIndex(2) });
    bench.run();
    expect(bench.outcomes).toEqual([]);
    bench.commit(2);
    expect(bench.outcomes).toEqual(['applied', 'ready']);
  });

  it('reads of one turn share a round; all end when the leadership does', () => {
    const bench = Bench.leading();
    bench.read();
    bench.read();
    bench.run();
    expect(bench.raft.readsAsked).toHaveLength(1);
    bench.raft.lost.push(...bench.raft.readsAsked);
    bench.depose(term(2));
    bench.read();
    bench.run();
    expect(bench.outcomes).toEqual(['refused', 'refused', 'refused']);
  });

  it('duties begin with the first entry of the term and end with the role', () => {
    const bench = new Bench();
    bench.raft.append('noop');
    bench.run();
    expect([bench.driver.leads, bench.told]).toEqual([false, []]);
    bench.commit(1);
    bench.propose();
    bench.run();
    bench.commit(2);
    bench.depose(term(2));
    bench.run();
    expect([bench.driver.leads, bench.told]).toEqual([false, ['start 1', 'observe', 'stop']]);
  });

  it('tells the duties what was refused, and not what was lost', () => {
    const bench = Bench.leading();
    bench.driver.tick(NOW);
    bench.raft.refusal = { kind: 'refused', reason: 'noQuorum' };
    bench.run();
    expect(bench.told).toEqual(['start 1', 'refused due']);
    bench.raft.refusal = null;
    bench.driver.tick(NOW);
    bench.run();
    bench.depose(term(2));
    bench.run();
    expect(bench.told).toEqual(['start 1', 'refused due', 'stop']);
  });

  it('applies nothing while the store is saturated, and a bounded part in a turn', () => {
    const bench = Bench.leading();
    for (let count = 0; count < 100; count += 1) bench.raft.append('noop');
    bench.raft.applicableIndex = 101;
    bench.state.saturated = true;
    expect([bench.run(), bench.state.appliedIndex]).toEqual([false, 1]);
    bench.state.saturated = false;
    expect([bench.run(), bench.state.appliedIndex]).toEqual([true, 65]);
    expect([bench.run(), bench.state.appliedIndex]).toEqual([false, 101]);
  });

  // Breaks otherwise: callers that repeat themselves make a slow leader slower.
  it('a copy of a command under way is not appended again, and shares its outcome', () => {
    const bench = Bench.leading();
    bench.propose(1);
    bench.propose(1);
    bench.run();
    bench.propose(1);
    bench.propose(2);
    bench.run();
    expect([bench.raft.log.length, bench.outcomes]).toEqual([3, []]);
    bench.commit(2);
    expect(bench.outcomes).toEqual(['applied', 'applied', 'applied']);
    bench.propose(1);
    bench.run();
    expect(bench.raft.log).toHaveLength(4);
    bench.commit(4);
    expect(bench.outcomes).toHaveLength(5);
  });

  it('copies are refused and lost together with the command', () => {
    const bench = Bench.leading();
    bench.raft.refusal = { kind: 'refused', reason: 'noQuorum' };
    bench.propose(1);
    bench.propose(1);
    bench.run();
    bench.raft.refusal = null;
    bench.propose(1);
    bench.run();
    bench.propose(1);
    bench.depose(term(2));
    bench.run();
    expect(bench.outcomes).toEqual(['refused', 'refused', 'lost', 'lost']);
  });

  it('copies count as what is under way, and are all answered', () => {
    const bench = Bench.leading();
    for (let count = 0; count < PROPOSALS_MAX; count += 1) bench.propose(1);
    bench.propose(1);
    expect(bench.outcomes).toEqual(['refused']);
    bench.run();
    bench.commit(2);
    expect(bench.outcomes).toHaveLength(PROPOSALS_MAX + 1);
    bench.propose(1);
    expect(bench.outcomes).toHaveLength(PROPOSALS_MAX + 1);
  });

  it('applies what the entry says when another leader has written it', () => {
    const bench = Bench.leading();
    bench.propose(1, 'own');
    bench.run();
    bench.raft.term = term(2);
    bench.raft.log.length = 1;
    bench.raft.append('commands', encodeBatch([command(1, 'of another leader')]));
    bench.commit(2);
    expect([bench.applied, bench.outcomes]).toEqual([['of another leader'], ['lost']]);
  });

  // Breaks otherwise: it is committed, and every replica stops when it applies it.
  it.each([
    ['bytes that are no command', new Uint8Array([1])],
    ['a command without an id', encodeCommand({ ...OPENING, machine: 'm' })],
    ['a command for an unknown machine', encodeCommand({ ...OPENING, machine: 'other' })],
    ['a command of the leader', encodeCommand({ ...OPENING, body: ['close', 'node3:z', 7] })],
  ])('does not propose %s', (_what, bytes) => {
    const bench = Bench.leading();
    expect(() => bench.driver.propose(bytes, () => {})).toThrow(MalformedError);
    bench.run();
    expect(bench.raft.log).toHaveLength(1);
  });

  it('proposes what follows from the start, and from what was applied, in the next run', () => {
    const bench = new Bench();
    bench.raft.append('noop');
    bench.wanted = ['after the start'];
    bench.raft.applicableIndex = 1;
    expect([bench.run(), bench.raft.log.length]).toEqual([true, 1]);
    expect([bench.run(), bench.raft.log.length]).toEqual([false, 2]);
    bench.wanted = ['after it'];
    expect([bench.run(), bench.wanted]).toEqual([false, ['after it']]);
    bench.raft.applicableIndex = 2;
    expect([bench.run(), bench.run(), bench.raft.log.length]).toEqual([true, false, 3]);
    bench.commit(3);
    expect(bench.applied).toEqual(['after the start', 'after it']);
  });

  it('asks again at the next heartbeat for what was refused, and asks no follower', () => {
    const bench = Bench.leading();
    bench.told.length = 0;
    bench.raft.append('noop');
    bench.wanted = ['sweep'];
    bench.commit(2);
    bench.raft.refusal = { kind: 'refused', reason: 'noQuorum' };
    expect([bench.run(), bench.told]).toEqual([false, ['refused sweep']]);
    bench.wanted = ['sweep'];
    expect([bench.run(), bench.wanted.length]).toEqual([false, 1]);
    bench.driver.tick(NOW);
    expect([bench.run(), bench.wanted.length]).toEqual([true, 0]);
    bench.wanted = ['sweep'];
    bench.depose(term(2));
    bench.driver.tick(NOW);
    bench.run();
    expect(bench.wanted).toEqual(['sweep']);
  });

  it('gives notices while it leads only', () => {
    const bench = Bench.leading();
    const notice = { proposer: PROPOSER.id, body: 'granted' };
    bench.notices = [notice];
    bench.run();
    expect(bench.driver.takeNotices()).toEqual([{ machine: 'm', notice }]);
    bench.notices = [notice];
    bench.depose(term(2));
    bench.run();
    expect(bench.driver.takeNotices()).toEqual([]);
  });
});
