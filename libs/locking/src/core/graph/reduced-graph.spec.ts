import type { LockTable } from '../table/lock-table.js';
import type { LockState } from '../table/state/lock-state.js';
import type { Waiter } from '../table/state/waiter.js';
import { RANDOM_TERM, RandomCommands, seededDraw } from '../table/testing/random-commands.js';
import { TableUnderTest } from '../table/testing/table-under-test.js';
import { closure, fullEdges, partyName } from './testing/full-graph.js';
import { walkEdges } from './wait-edges.js';

function* states(table: LockTable): Generator<LockState> {
  for (const name of table.listed('', null)) {
    const lock = table.lock(name);
    if (lock !== undefined) yield lock;
  }
}

/** The edges that a search follows. */
function reducedEdges(table: LockTable): Map<string, Set<string>> {
  const edges = new Map<string, Set<string>>();
  for (const waiter of waiters(table)) {
    const targets = edges.get(partyName(waiter)) ?? new Set<string>();
    edges.set(partyName(waiter), targets);
    for (const place of waiter.places) {
      walkEdges(place, {
        meet: (_place, { owner, session }) =>
          targets.add(partyName({ owner, sessionId: session?.id ?? null })),
        enterRun: () => true,
        enterHolders: () => true,
      });
    }
  }
  return edges;
}

function waiters(table: LockTable): Set<Waiter> {
  const found = new Set<Waiter>();
  for (const lock of states(table)) {
    for (const { waiterId } of lock.queue()) {
      const waiter = table.waiter(waiterId);
      if (waiter !== undefined) found.add(waiter);
    }
  }
  return found;
}

describe('The reduced wait-for graph', () => {
  it('reaches whom the whole graph reaches, and nobody waits for itself', () => {
    let compared = 0;
    let deadlocks = 0;
    for (let seed = 1_000; seed < 1_150; seed += 1) {
      const random = new RandomCommands(seededDraw(seed), ['a', 'b', 'c', 'd']);
      const run = new TableUnderTest();
      for (let count = 0; count < 150; count += 1) {
        const { command, proposer, key } = random.next(run.table);
        const before = fullEdges(states(run.table));
        if (command === null) {
          run.closeProposer(proposer);
        } else {
          const result = run.result(command, { proposer, key, term: RANDOM_TERM });
          if (result.status === 'deadlock' && command.kind === 'acquire') {
            deadlocks += 1;
            expectRealCycle(result.cycle, command.owner, before);
          }
        }
        const whole = closure(fullEdges(states(run.table)));
        expect(closure(reducedEdges(run.table))).toEqual(whole);
        for (const [party, reached] of whole) expect(reached).not.toContain(party);
        if (whole.size > 1) compared += 1;
      }
    }
    expect(compared).toBeGreaterThan(1_000);
    expect(deadlocks).toBeGreaterThan(100);
  });
});

/** Every edge that is not about the refused request was there before it. */
function expectRealCycle(
  cycle: readonly { owner: string; waitsFor: string }[],
  requester: string,
  before: ReadonlyMap<string, ReadonlySet<string>>,
): void {
  const owners = new Map<string, Set<string>>();
  for (const [party, targets] of before) {
    const owner = party.split('/').at(-1) ?? '';
    const known = owners.get(owner) ?? new Set<string>();
    for (const target of targets) known.add(target.split('/').at(-1) ?? '');
    owners.set(owner, known);
  }
  expect(cycle[0]?.owner).toBe(requester);
  expect(cycle.at(-1)?.waitsFor).toBe(requester);
  for (const [at, { owner, waitsFor }] of cycle.entries()) {
    if (at > 0) expect(cycle[at - 1]?.waitsFor).toBe(owner);
    if (owner !== requester && waitsFor !== requester)
      expect(owners.get(owner)).toContain(waitsFor);
  }
}
