import { MalformedError } from '../codec/tuple.js';
import { logIndex, term } from '../raft/core/identifiers.js';
import { encodeBatch, encodeCommand, proposerId, type Command } from './command.js';
import { GroupMachine } from './group-machine.js';
import { PROPOSER_LOOK_INTERVAL_MS, PROPOSER_SILENCE_MS } from './limits.js';
import { openProposer } from './proposers/proposer-machine.js';
import type {
  Applied,
  ApplyContext,
  LeaderDuties,
  ReplicatedMachine,
} from './replicated-machine.js';
import { MemoryTables } from './testing/memory-tables.js';

const NOW = { monotonicMs: 0, wallMs: 0 };
const PROPOSER = { id: proposerId('node1:a'), nodeId: 'node1', incarnation: 'x' };

/** Counts what it applies; its duties record what they are told. */
class Counter implements ReplicatedMachine<number> {
  readonly name = 'counter';
  count = 0;
  readonly told: unknown[] = [];

  readonly duties: LeaderDuties<number> = {
    start: (leading) => void this.told.push(['start', leading]),
    observe: (effects) => void this.told.push(['observe', ...effects]),
    tick: () => [],
    followUps: () => [],
    takeNotices: () => [],
    refused: () => {},
    request: (request) => ['answer', request],
    stop: () => void this.told.push(['stop']),
  };

  open(): void {}

  apply(command: unknown, context: ApplyContext): Applied<number> {
    this.count += 1;
    const result = [command, this.count, context.logTimeMs];
    return { result, remember: command !== 'forget', effects: [this.count] };
  }

  query(query: unknown): unknown {
    return [query, this.count];
  }
}

class Bench {
  readonly counter = new Counter();
  silenceMs: number | null = 0;
  incarnation: string | null = 'x';
  private index = 0;
  readonly group = new GroupMachine([this.counter], new MemoryTables(), {
    incarnation: () => this.incarnation,
    silenceMs: () => this.silenceMs,
  });

  apply(...commands: readonly Command[]): readonly unknown[] {
    this.index += 1;
    return this.group.apply(
      {
        term: term(1),
        index: logIndex(this.index),
        kind: 'commands',
        timeMs: 1000 * this.index,
        data: encodeBatch(commands.map(encodeCommand)),
      },
      NOW,
    );
  }
}

function count(sequence: number, body = 'add', key: string | null = null): Command {
  return {
    machine: 'counter',
    body,
    id: { proposer: PROPOSER.id, sequence, acknowledgedBelow: 1 },
    idempotency: key === null ? null : { scope: key, fingerprint: body },
  };
}

function withProposer(id: string): Command {
  return { ...count(1), id: { proposer: proposerId(id), sequence: 1, acknowledgedBelow: 1 } };
}

function close(byTerm: number): Command {
  const body = ['close', PROPOSER.id, byTerm];
  return { machine: 'proposers', body, id: null, idempotency: null };
}

function bench(): Bench {
  const fresh = new Bench();
  fresh.apply(openProposer(PROPOSER));
  return fresh;
}

describe('GroupMachine', () => {
  it('applies a command once, however often it is in the log', () => {
    const subject = bench();
    const first = subject.apply(count(1));
    expect(first).toEqual([{ kind: 'applied', result: ['add', 1, 2000], replayed: false }]);
    expect(subject.apply(count(1))).toEqual(first);
    expect(subject.counter.count).toBe(1);
  });

  it('does not apply the command of an unknown proposer', () => {
    const subject = new Bench();
    expect(subject.apply(count(1))).toEqual([{ kind: 'unknownProposer' }]);
    expect(subject.counter.count).toBe(0);
  });

  it('gives one outcome per command of a batch, in order', () => {
    const subject = bench();
    expect(subject.apply(count(2), count(1), count(2))).toEqual([
      { kind: 'applied', result: ['add', 1, 2000], replayed: false },
      { kind: 'applied', result: ['add', 2, 2000], replayed: false },
      { kind: 'applied', result: ['add', 1, 2000], replayed: false },
    ]);
  });

  it('answers a repeated idempotency key with the first result, another body not at all', () => {
    const subject = bench();
    subject.apply(count(1, 'add', 'key'));
    expect(subject.apply(count(2, 'add', 'key'))).toEqual([
      { kind: 'applied', result: ['add', 1, 2000], replayed: true },
    ]);
    expect(subject.apply(count(3, 'other', 'key'))).toEqual([{ kind: 'idempotencyKeyReused' }]);
    expect(subject.counter.count).toBe(1);
  });

  it('does not remember what the machine says is not to be remembered', () => {
    const subject = bench();
    subject.apply(count(1, 'forget', 'key'));
    subject.apply(count(2, 'forget', 'key'));
    expect(subject.counter.count).toBe(2);
  });

  it('tells effects to the leader only', () => {
    const subject = bench();
    subject.apply(count(1));
    subject.group.startLeading(term(1), NOW);
    subject.apply(count(2));
    subject.group.stopLeading();
    subject.apply(count(3));
    expect(subject.counter.told).toEqual([['start', 1], ['observe', 2], ['stop']]);
  });

  it('closes the proposer of a node that fell silent, after the full time at a new leader', () => {
    const subject = bench();
    subject.silenceMs = null;
    subject.group.startLeading(term(1), NOW);
    const early = { monotonicMs: PROPOSER_SILENCE_MS - 1, wallMs: 0 };
    expect(subject.group.tick(early)).toEqual([]);
    // It has just looked.
    expect(subject.group.tick({ monotonicMs: PROPOSER_SILENCE_MS, wallMs: 0 })).toEqual([]);
    const late = { monotonicMs: early.monotonicMs + PROPOSER_LOOK_INTERVAL_MS, wallMs: 0 };
    expect(subject.group.tick(late)).toHaveLength(1);
    expect(subject.group.tick(late)).toEqual([]);
  });

  it('closes the proposer of a restarted node at once', () => {
    const subject = bench();
    subject.incarnation = 'y';
    subject.group.startLeading(term(1), NOW);
    expect(subject.group.tick(NOW)).toHaveLength(1);
  });

  // Breaks otherwise: copies of a closed proposer's commands are applied a second time.
  it('a late copy of its opening does not open a closed proposer again', () => {
    const subject = bench();
    subject.apply(count(1));
    subject.apply(close(1));
    expect(subject.apply(openProposer(PROPOSER), count(1))).toEqual([
      { kind: 'applied', result: { opened: false, closing: 3 }, replayed: false },
      { kind: 'unknownProposer' },
    ]);
    expect(subject.apply(openProposer({ ...PROPOSER, id: proposerId('node1:b') }, 3))).toEqual([
      { kind: 'applied', result: { opened: true }, replayed: false },
    ]);
    expect(subject.counter.count).toBe(1);
  });

  it('a closing proposed by a deposed leader closes nobody', () => {
    const subject = bench();
    expect(subject.apply(close(7))).toEqual([
      { kind: 'applied', result: { closed: false }, replayed: false },
    ]);
    expect(subject.apply(close(1))).toEqual([
      { kind: 'applied', result: { closed: true }, replayed: false },
    ]);
    expect(subject.apply(count(1))).toEqual([{ kind: 'unknownProposer' }]);
  });

  it('admits what nodes propose', () => {
    const { group } = bench();
    for (const command of [openProposer(PROPOSER), count(1), count(2, 'add', 'key')]) {
      expect(() => group.check(command)).not.toThrow();
    }
  });

  // Breaks otherwise: it is committed, and every replica stops when it applies it.
  const long = 'x'.repeat(257);
  it.each<readonly [string, Command]>([
    ['for a machine that is not there', { ...count(1), machine: 'other' }],
    ['without an id', { ...count(1), id: null }],
    ['of a proposer with a long name', withProposer(long)],
    ['of a proposer with a name that is no text', withProposer('\ud800')],
    ['with a long key', count(1, 'add', long)],
    ['that closes its own proposer', { ...count(1), machine: 'proposers', body: close(1).body }],
    ['that closes a proposer', close(1)],
    ['that opens a proposer with an id', { ...openProposer(PROPOSER), id: count(1).id }],
    ['that opens nothing', { ...openProposer(PROPOSER), body: ['open'] }],
    ['that opens for no node', openProposer({ ...PROPOSER, nodeId: 'Node 1' })],
    ['that knows of no closing', { ...openProposer(PROPOSER), body: ['open', 'a', 'b', 'c'] }],
    ['that opens a long name', openProposer({ ...PROPOSER, incarnation: long })],
    ['of no kind', { ...openProposer(PROPOSER), body: ['shut', 'a', 'b', 'c'] }],
  ])('does not admit a command %s', (_what, command) => {
    expect(() => bench().group.check(command)).toThrow(MalformedError);
  });

  it('a question to a machine that is not there is malformed, and no broken invariant', () => {
    const { group } = bench();
    group.startLeading(term(1), NOW);
    expect(() => group.query('other', 'q', NOW)).toThrow(MalformedError);
    expect(() => group.request('other', 'q', NOW)).toThrow(MalformedError);
  });
});
