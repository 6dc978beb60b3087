import { decode } from '../../codec/tuple.js';
import { logIndex } from '../../raft/core/identifiers.js';
import { proposerId, type CommandId, type CommandOutcome } from '../command.js';
import { PROPOSER_WINDOW } from '../limits.js';
import { ProposerTable } from './proposer-table.js';
import { MemoryTables } from '../testing/memory-tables.js';

const A = proposerId('node1:a');

function open(tables = new MemoryTables()): ProposerTable {
  const table = new ProposerTable(tables);
  table.open({ id: A, nodeId: 'node1', incarnation: 'x' }, 0);
  return table;
}

function command(sequence: number, acknowledgedBelow = 1): CommandId {
  return { proposer: A, sequence, acknowledgedBelow };
}

function applied(result: unknown): CommandOutcome {
  return { kind: 'applied', result, replayed: false };
}

describe('ProposerTable', () => {
  it('refuses the commands of a proposer that was never opened, or is closed', () => {
    const table = open();
    const stranger = { ...command(1), proposer: proposerId('node1:b') };
    const refused = { kind: 'repeated', outcome: { kind: 'unknownProposer' } };
    expect(table.admit(stranger)).toEqual(refused);
    expect(table.close(A, logIndex(9))).toBe(true);
    expect(table.admit(command(1))).toEqual(refused);
    expect(table.close(A, logIndex(9))).toBe(false);
  });

  it('a retried command gets its first outcome', () => {
    const table = open();
    expect(table.admit(command(1))).toEqual({ kind: 'new' });
    table.record(command(1), applied('first'));
    expect(table.admit(command(1))).toEqual({ kind: 'repeated', outcome: applied('first') });
  });

  // Breaks otherwise: 5 lost, 6 applied, 5 retried and dropped.
  it('a command applied after a later one is still applied', () => {
    const table = open();
    table.admit(command(6, 5));
    table.record(command(6, 5), applied('six'));
    expect(table.admit(command(5, 5))).toEqual({ kind: 'new' });
    table.record(command(5, 5), applied('five'));
    expect(table.admit(command(6, 5))).toEqual({ kind: 'repeated', outcome: applied('six') });
  });

  // Breaks otherwise: a restarted node reuses (node1, 1) and gets an old answer.
  it('a proposer opened anew by the same node starts with no results', () => {
    const table = open();
    table.admit(command(1));
    table.record(command(1), applied('old'));
    const again = proposerId('node1:b');
    table.open({ id: again, nodeId: 'node1', incarnation: 'y' }, 0);
    expect(table.admit({ ...command(1), proposer: again })).toEqual({ kind: 'new' });
  });

  it('a late copy of an acknowledged command is refused', () => {
    const table = open();
    table.admit(command(1));
    table.record(command(1), applied('one'));
    table.admit(command(2, 2));
    table.record(command(2, 2), applied('two'));
    const late = { kind: 'repeated', outcome: { kind: 'acknowledged' } };
    expect(table.admit(command(1))).toEqual(late);
  });

  it('a sequence beyond the window is refused, not applied', () => {
    const table = open();
    const beyond = command(1 + PROPOSER_WINDOW);
    const refused = { kind: 'repeated', outcome: { kind: 'unknownProposer' } };
    expect(table.admit(beyond)).toEqual(refused);
  });

  it('knows after a restart what it knew before', () => {
    const tables = new MemoryTables();
    const table = open(tables);
    for (let sequence = 1; sequence <= 2 * PROPOSER_WINDOW; sequence += 1) {
      const next = command(sequence, Math.max(1, sequence - 3));
      expect(table.admit(next)).toEqual({ kind: 'new' });
      table.record(next, applied(sequence));
    }
    const restarted = new ProposerTable(tables);
    const last = 2 * PROPOSER_WINDOW;
    for (const known of [table, restarted]) {
      const outcomes = [last - 4, last - 3, last, last + 1].map((sequence) =>
        known.admit(command(sequence, 1)),
      );
      expect(outcomes).toEqual([
        { kind: 'repeated', outcome: { kind: 'acknowledged' } },
        { kind: 'repeated', outcome: applied(last - 3) },
        { kind: 'repeated', outcome: applied(last) },
        { kind: 'new' },
      ]);
    }
    expect(restarted.list().map((proposer) => proposer.id)).toEqual([A]);
  });

  // Breaks otherwise: a restarted replica applies what the others refuse.
  it.each([
    ['beyond the window', command(5000, 100)],
    ['that acknowledges itself', command(45, 100)],
    ['that acknowledges more than its first copy did', command(40, 40)],
  ])('a copy %s changes nothing that a restart would forget', (_what, faulty) => {
    const tables = new MemoryTables();
    const table = open(tables);
    table.admit(command(40, 10));
    table.record(command(40, 10), applied('forty'));
    expect(table.admit(faulty).kind).toBe('repeated');
    for (const replica of [table, new ProposerTable(tables)]) {
      expect(replica.admit(command(30, 1))).toEqual({ kind: 'new' });
    }
  });

  // Breaks otherwise: the copy opens the closed proposer with no results, and then copies of its
  // commands are applied a second time.
  it('a late copy of its opening does not open a closed proposer again', () => {
    const tables = new MemoryTables();
    const table = open(tables);
    const first = { id: A, nodeId: 'node1', incarnation: 'x' };
    expect(table.open(first, 0)).toEqual({ opened: true });
    table.close(A, logIndex(7));
    for (const replica of [table, new ProposerTable(tables)]) {
      expect(replica.open(first, 0)).toEqual({ opened: false, closing: 7 });
      expect(replica.open(first, 6)).toEqual({ opened: false, closing: 7 });
      expect(replica.open({ ...first, nodeId: 'node2' }, 0)).toEqual({ opened: true });
    }
  });

  it('a node that knows of the closing opens another, whose own copies are late after the next', () => {
    const table = open();
    table.close(A, logIndex(7));
    const second = { id: proposerId('node1:b'), nodeId: 'node1', incarnation: 'x' };
    expect(table.open(second, 7)).toEqual({ opened: true });
    table.close(second.id, logIndex(12));
    expect(table.open(second, 7)).toEqual({ opened: false, closing: 12 });
  });

  it('the closing of a dead process leaves the proposer of the new one open', () => {
    const table = open();
    const next = { id: proposerId('node1:b'), nodeId: 'node1', incarnation: 'y' };
    expect(table.open(next, 0)).toEqual({ opened: true });
    table.close(A, logIndex(7));
    expect(table.open(next, 0)).toEqual({ opened: true });
  });

  it('writes small records under keys of its own', () => {
    const tables = new MemoryTables();
    const table = open(tables);
    table.open({ id: proposerId('node1:b'), nodeId: 'node1', incarnation: 'y' }, 0);
    const second = { ...command(905, 904), proposer: proposerId('node1:b') };
    table.admit(second);
    table.record(second, applied({ token: 1 }));
    table.admit(command(1));
    table.record(command(1), { kind: 'idempotencyFull' });
    const results = [...tables.range('results')].map(([key, value]) => [key, decode(value)]);
    expect(results).toEqual([
      ['1/1', [1, 1, 4]],
      ['2/5', [905, 904, 0, false, { token: 1 }]],
    ]);
  });

  it('leaves one record a node behind when it closes proposers', () => {
    const tables = new MemoryTables();
    const table = open(tables);
    for (let sequence = 1; sequence <= 20; sequence += 1) {
      table.admit(command(sequence));
      table.record(command(sequence), applied(sequence));
    }
    table.close(A, logIndex(9));
    expect([...tables.records.keys()]).toEqual(['closings node1']);
  });
});
