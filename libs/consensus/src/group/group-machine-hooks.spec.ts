import { logIndex, term } from '../raft/core/identifiers.js';
import {
  decodeCommand,
  encodeBatch,
  encodeCommand,
  proposerId,
  type Command,
  type IdempotencyScope,
} from './command.js';
import { GroupMachine } from './group-machine.js';
import { openProposer } from './proposers/proposer-machine.js';
import type {
  Applied,
  ApplyContext,
  LeaderDuties,
  Notice,
  ReplicatedMachine,
  Settled,
  StateTables,
} from './replicated-machine.js';
import { MemoryTables } from './testing/memory-tables.js';

const NOW = { monotonicMs: 0, wallMs: 0 };
const A = proposerId('node1:a');
const B = proposerId('node2:b');
const KEY: IdempotencyScope = { scope: 'wait', fingerprint: 'body' };

/** Answers `wait` later: `end` settles the answers of those that wait. */
class Waiting implements ReplicatedMachine<string> {
  readonly contexts: ApplyContext[] = [];
  readonly told: string[] = [];
  waiting: IdempotencyScope[] = [];
  notices: Notice[] = [];
  wanted: unknown[] = [];
  opened = 0;

  constructor(readonly name: string) {}

  readonly duties: LeaderDuties<string> = {
    start: () => void this.told.push('start'),
    observe: (effects) => void this.told.push(...effects),
    tick: () => [],
    followUps: () => this.wanted.splice(0),
    refused: (command) => void this.told.push(`refused ${String(command)}`),
    request: () => null,
    takeNotices: () => this.notices.splice(0),
    stop: () => void this.told.push('stop'),
  };

  open(_tables: StateTables): void {
    this.opened += 1;
  }

  apply(command: unknown, context: ApplyContext): Applied<string> {
    this.contexts.push(context);
    if (command === 'wait') {
      if (context.idempotency !== null) this.waiting.push(context.idempotency);
      return { result: 'queued', remember: false, effects: [] };
    }
    if (command === 'refer') {
      return {
        result: 'place 7',
        remember: true,
        effects: [],
        present: () => 'the text at place 7',
      };
    }
    const settled: Settled[] = this.waiting.splice(0).map((request, place) => {
      return { request, result: ['granted', place] };
    });
    return { result: 'ended', remember: true, effects: [], settled };
  }

  closeProposer(proposer: string, context: ApplyContext): readonly string[] {
    this.contexts.push(context);
    return [`${this.name} closes ${proposer}`];
  }

  query(): unknown {
    return null;
  }
}

class Bench {
  readonly first = new Waiting('first');
  readonly second = new Waiting('second');
  readonly tables = new MemoryTables();
  private index = 0;
  readonly group = new GroupMachine([this.first, this.second], this.tables, {
    incarnation: () => 'x',
    silenceMs: () => 0,
  });

  constructor() {
    this.apply(openProposer({ id: A, nodeId: 'node1', incarnation: 'x' }));
    this.apply(openProposer({ id: B, nodeId: 'node2', incarnation: 'x' }));
  }

  apply(...commands: readonly Command[]): readonly unknown[] {
    this.index += 1;
    const data = encodeBatch(commands.map(encodeCommand));
    const entry = { term: term(1), index: logIndex(this.index), timeMs: 1000 * this.index, data };
    return this.group.apply({ ...entry, kind: 'commands' }, NOW);
  }
}

/** @returns the steps that it took. */
function reload(group: GroupMachine): number {
  const reloading = group.reload();
  let steps = 1;
  while (reloading.next().done !== true) steps += 1;
  return steps;
}

let sequence = 0;
function command(body: string, idempotency: IdempotencyScope | null = null): Command {
  sequence += 1;
  const id = { proposer: A, sequence, acknowledgedBelow: sequence };
  return { machine: 'first', body, id, idempotency };
}

const CLOSE_A: Command = {
  machine: 'proposers',
  body: ['close', A, 1],
  id: null,
  idempotency: null,
};

describe('GroupMachine, hooks', () => {
  beforeEach(() => {
    sequence = 0;
  });

  it('tells a machine who sent a command, and under which key', () => {
    const bench = new Bench();
    bench.apply(command('wait', KEY), { ...command('end'), id: null });
    const entry = { index: 3, term: 1, logTimeMs: 3000 };
    expect(bench.first.contexts).toEqual([
      { ...entry, proposer: A, idempotency: KEY },
      { ...entry, proposer: null, idempotency: null },
    ]);
  });

  it('remembers the answer that a later command settles, with the fingerprint of its request', () => {
    const bench = new Bench();
    bench.apply(command('wait', KEY));
    bench.apply(command('wait', { ...KEY, scope: 'other' }));
    expect(bench.apply(command('end'))).toEqual([
      { kind: 'applied', result: 'ended', replayed: false },
    ]);
    expect(
      bench.apply(
        command('wait', KEY),
        command('wait', { ...KEY, scope: 'other' }),
        command('wait', { ...KEY, fingerprint: 'another body' }),
      ),
    ).toEqual([
      { kind: 'applied', result: ['granted', 0], replayed: true },
      { kind: 'applied', result: ['granted', 1], replayed: true },
      { kind: 'idempotencyKeyReused' },
    ]);
  });

  it('a settled answer outlives a restart', () => {
    const bench = new Bench();
    bench.apply(command('wait', KEY));
    bench.apply(command('end'));
    reload(bench.group);
    expect(bench.apply(command('wait', KEY))).toEqual([
      { kind: 'applied', result: ['granted', 0], replayed: true },
    ]);
    expect(bench.first.opened).toBe(2);
  });

  // Breaks otherwise: somebody is answered from the tables of one state and the memory of another.
  it('answers as before until all that was replaced is read', () => {
    const bench = new Bench();
    bench.apply(command('wait', KEY));
    bench.apply(command('end'));
    const { records } = bench.tables;
    const replaced = new Map(records);
    records.clear();
    expect(reload(bench.group)).toBe(1);
    expect([bench.group.nodeOf(A), bench.group.nodeOf(B)]).toEqual([undefined, undefined]);
    for (const [name, value] of replaced) records.set(name, value);

    // Given up half-way, it has changed nothing.
    bench.group.reload().next();
    const reloading = bench.group.reload();
    for (let step = 1; reloading.next().done !== true; step += 1) {
      expect(step).toBeLessThanOrEqual(2 * records.size);
      expect(bench.group.nodeOf(A)).toBeUndefined();
      expect(bench.first.opened).toBe(2);
    }
    expect([bench.group.nodeOf(A), bench.group.nodeOf(B)]).toEqual(['node1', 'node2']);
    expect(bench.apply(command('wait', KEY))).toEqual([
      { kind: 'applied', result: ['granted', 0], replayed: true },
    ]);
  });

  it('a leader is never reloaded', () => {
    const bench = new Bench();
    bench.group.startLeading(term(1), NOW);
    expect(() => reload(bench.group)).toThrow('a leader needs no snapshot');
  });

  it('a closing reaches every machine, before later commands, and the duties of the leader', () => {
    const bench = new Bench();
    bench.group.startLeading(term(1), NOW);
    expect(bench.apply(CLOSE_A, command('end'), CLOSE_A)).toEqual([
      { kind: 'applied', result: { closed: true }, replayed: false },
      { kind: 'unknownProposer' },
      { kind: 'applied', result: { closed: false }, replayed: false },
    ]);
    expect(bench.first.told).toEqual(['start', 'first closes node1:a']);
    expect(bench.second.told).toEqual(['start', 'second closes node1:a']);
    const context = { index: 3, term: 1, logTimeMs: 3000, proposer: null, idempotency: null };
    expect(bench.first.contexts).toEqual([context]);
  });

  it('a closing reaches the machines of a follower, and not its duties', () => {
    const bench = new Bench();
    bench.apply(CLOSE_A);
    expect([bench.first.contexts.length, bench.first.told]).toEqual([1, []]);
  });

  it('gives what the leader wants proposed, as the others will read it', () => {
    const bench = new Bench();
    bench.first.wanted = [{ sweep: undefined }];
    expect(bench.group.followUps()).toEqual([]);
    bench.group.startLeading(term(1), NOW);
    bench.second.wanted = ['next'];
    const wanted = bench.group.followUps();
    expect(wanted.map(({ command: carried }) => carried)).toEqual([
      { machine: 'first', body: { sweep: null }, id: null, idempotency: null },
      { machine: 'second', body: 'next', id: null, idempotency: null },
    ]);
    expect(wanted.map(({ bytes }) => decodeCommand(bytes))).toEqual(
      wanted.map(({ command: carried }) => carried),
    );
    wanted[1]?.refused();
    expect(bench.second.told).toEqual(['start', 'refused next']);
    expect(bench.group.followUps()).toEqual([]);
  });

  it('gives notices while it leads, with their machines, and knows where they go', () => {
    const bench = new Bench();
    const [one, two] = [
      { proposer: A, body: 1 },
      { proposer: B, body: 2 },
    ];
    bench.first.notices = [one];
    expect(bench.group.takeNotices()).toEqual([]);
    bench.group.startLeading(term(1), NOW);
    bench.second.notices = [two];
    expect(bench.group.takeNotices()).toEqual([
      { machine: 'first', notice: one },
      { machine: 'second', notice: two },
    ]);
    expect(bench.group.takeNotices()).toEqual([]);
    bench.apply(CLOSE_A);
    expect([bench.group.nodeOf(A), bench.group.nodeOf(B)]).toEqual([undefined, 'node2']);
  });

  it('applies carried commands as it applies those of the bytes', () => {
    const [carrying, reading] = [new Bench(), new Bench()];
    const commands = [command('wait', KEY), command('end')];
    const data = encodeBatch(commands.map(encodeCommand));
    const entry = {
      term: term(1),
      index: logIndex(3),
      timeMs: 3000,
      kind: 'commands',
      data,
    } as const;
    const decoded = commands.map((one) => decodeCommand(encodeCommand(one)));
    expect(carrying.group.apply(entry, NOW, decoded)).toEqual(reading.group.apply(entry, NOW));
    expect(carrying.tables.records).toEqual(reading.tables.records);
    expect(carrying.first.contexts).toEqual(reading.first.contexts);
  });

  it('presents an answer in full where it leads, and keeps what it refers to', () => {
    const bench = new Bench();
    const result = { kind: 'applied', result: 'place 7', replayed: false };
    expect(bench.apply(command('refer', KEY))).toEqual([result]);
    bench.group.startLeading(term(1), NOW);
    const another = command('refer');
    expect(bench.apply(another)).toEqual([{ ...result, present: expect.any(Function) }]);
    // Neither a repetition nor an Idempotency-Key has more than the reference.
    expect(bench.apply(another, command('refer', KEY))).toEqual([
      result,
      { ...result, replayed: true },
    ]);
  });
});
