import type { WaitEdge } from '../commands/holder.js';
import type { LockResult } from '../commands/lock-result.js';
import type { TableContext, Transition } from '../table/ports.js';
import { LOG_TIME_MS, TableUnderTest } from '../table/testing/table-under-test.js';
import { PROPOSERS, type Action } from './action.js';
import { deedsOfReference, deedsOfTable, type Deeds } from './effects.js';
import { adoptNumbers } from './adopted-numbers.js';
import { comparable, type Sight } from './sight.js';
import { meaningOf, TERM, type Sent } from './meaning.js';
import {
  edgesOfReference,
  edgesOfTable,
  pictureOfReference,
  pictureOfTable,
  reachable,
} from './picture.js';
import { Choices } from './reference/choices.js';
import type { Changes } from './reference/reference-changes.js';
import { hasCycle, type PartyEdge } from './reference/reference-graph.js';
import { grantable } from './reference/reference-queue.js';
import { ReferenceTable, type ReferenceOutcome } from './reference/reference-table.js';
import { isSameParty } from './reference/reference-state.js';
import { expectSame, isSame } from './same.js';
import type { Tally } from './tally.js';

/** Results that an Idempotency-Key remembers. */
const REMEMBERED = new Set([
  'granted',
  'released',
  'not-holder',
  'renewed',
  'deadlock',
  'broken',
  'free',
  'created',
  'ended',
  'session-not-found',
]);

/** What the table did; the close of a proposer has no result. */
interface Done extends Omit<Transition, 'result'> {
  readonly result: LockResult | null;
}

/** One sequence of actions on a lock table, its reopened replicas and the reference. */
export class ModelRun {
  private readonly first = new TableUnderTest();
  private reopened: TableUnderTest | undefined;
  private reference = new ReferenceTable();
  private readonly proposers: string[] = [];
  private opened = 0;

  private lastToken = 0;

  constructor(
    private readonly tally: Tally,
    private readonly sight: Sight = 'exactly',
  ) {
    for (let by = 0; by < PROPOSERS; by += 1) this.openProposer(by);
  }

  step(action: Action): void {
    if (action.kind === 'reopen') {
      this.reopened = this.first.restarted();
      this.tally.note('reopened');
    } else if (action.kind === 'close') {
      this.close(action.by);
    } else {
      const sent = meaningOf(action, this.reference.state, this.proposers);
      if (sent === undefined || !this.isTold(sent)) return;
      this.send(sent);
    }
    this.compareState();
  }

  /**
   * Looking loosely, no owner asks for more while it waits: what sweeps grant part by part, its
   * other requests would turn into upgrades at other moments than all at once. Nor does a session
   * expire together with the rest of a lock, which its holds would begin anew before or after that.
   */
  private isTold({ command, key }: Sent): boolean {
    if (this.sight === 'exactly') return true;
    if (command.kind === 'expire') {
      const kinds = new Set(command.leases.map(({ kind }) => kind));
      return !(kinds.has('session') && kinds.has('delay'));
    }
    if (command.kind !== 'acquire') return true;
    const { waiters } = this.reference.state;
    const repeats = waiters.some(({ idempotency }) => idempotency?.scope === key?.scope);
    return (key !== null && repeats) || !waiters.some((waiter) => isSameParty(waiter, command));
  }

  /** One that is closed never comes back: another takes its turn. */
  private openProposer(by: number): void {
    this.opened += 1;
    this.proposers[by] = `p${this.opened}`;
  }

  private close(by: number): void {
    const proposer = this.proposers[by] ?? '';
    const effects = this.first.closeProposer(proposer);
    if (this.reopened !== undefined) expectSame(this.reopened.closeProposer(proposer), effects);
    // Whom this lets through is granted by the sweep.
    const swept = this.sweep();
    const context = this.context(null, null);
    const changes = this.follow(
      { result: null, remember: false, settled: [], effects },
      swept,
      (choices) => this.reference.proposerClosed(proposer, context, choices),
    );
    this.tally.note('proposer closed');
    this.tally.noteChanges('closing', changes);
    this.openProposer(by);
  }

  private send({ command, proposer, key }: Sent): void {
    const by = { proposer, key, term: TERM };
    const transition = this.first.apply(command, by);
    if (this.reopened !== undefined) expectSame(this.reopened.apply(command, by), transition);
    const context = this.context(proposer, key);
    const { result, remember } = transition;
    expect(remember).toBe(mayRemember(command.kind) && REMEMBERED.has(result.status));
    this.takeNumber(result);
    const changes = this.follow(transition, this.sweep(), (choices) =>
      this.reference.applied(command, context, choices),
    );
    this.tally.noteResult(command, result);
    this.tally.noteChanges(command.kind, changes);
  }

  /**
   * Lets the reference do the same. Where the rules leave a choice, that of the table counts; a
   * table that did none of what they allow is compared with the first of them.
   */
  private follow(
    { result, effects, settled }: Done,
    swept: readonly Transition[],
    outcomeOf: (choices: Choices) => ReferenceOutcome,
  ): Changes {
    const deeds = deedsOfTable(
      [...effects, ...swept.flatMap((transition) => transition.effects)],
      [...settled, ...swept.flatMap((transition) => transition.settled)],
    );
    this.checkTokens(deeds);
    const picture = pictureOfTable(this.first.table);
    const done = comparable({ result, deeds, picture }, this.sight);
    const seen = (outcome: ReferenceOutcome): unknown => {
      const { changes, after } = outcome;
      const deedsDone = deedsOfReference(changes);
      const afterwards = pictureOfReference(after.state);
      return comparable(
        { result: outcome.result, deeds: deedsDone, picture: afterwards },
        this.sight,
      );
    };
    const first = outcomeOf(new Choices());
    let outcome = first;
    for (let choices = new Choices(); !isSame(done, seen(outcome));) {
      outcome = outcomeOf(choices);
      const { next } = choices;
      if (next === undefined) break;
      choices = next;
    }
    if (!isSame(done, seen(outcome))) expect(done).toEqual(seen(first));
    if (outcome !== first) this.tally.note('another choice than the first');
    this.reference = outcome.after;
    if (this.sight === 'loosely') adoptNumbers(this.reference.state, this.first.table);
    if (result?.status === 'deadlock') {
      expect(isCycle(result.cycle, outcome.changes.refusedEdges)).toBe(true);
    }
    return outcome.changes;
  }

  /** Every grant takes a larger token than all before. */
  private checkTokens({ granted }: Deeds): void {
    for (const { token } of granted) {
      expect(token).toBeGreaterThan(this.lastToken);
      this.lastToken = token;
    }
  }

  /** Numbers of waiters are free as long as they ascend: the reference goes on from the table's. */
  private takeNumber(result: LockResult): void {
    if (result.status !== 'queued') return;
    const { state } = this.reference;
    if (state.waiters.some(({ id }) => id === result.waiterId)) return;
    expect(result.waiterId).toBeGreaterThan(state.lastNumber);
    state.lastNumber = result.waiterId - 1;
  }

  /** Applies sweeps until all marked work is done. */
  private sweep(): Transition[] {
    const done: Transition[] = [];
    while (this.first.table.workLeft) {
      const transition = this.first.apply({ kind: 'sweep' }, { proposer: null, term: TERM });
      if (this.reopened !== undefined) {
        const by = { proposer: null, term: TERM };
        expectSame(this.reopened.apply({ kind: 'sweep' }, by), transition);
      }
      done.push(transition);
      this.tally.note(done.length === 1 ? 'swept' : 'swept more than once');
      if (done.length > 1_000) throw new Error('sweeps do not come to an end');
    }
    return done;
  }

  private compareState(): void {
    const { table } = this.first;
    const { state } = this.reference;
    const picture = pictureOfTable(table);
    table.validate();
    expect(hasCycle(state)).toBe(false);
    expect(state.isExclusive).toBe(true);
    // Nobody is forgotten.
    expect(state.names().flatMap((name) => grantable(state, name))).toEqual([]);
    const edges = edgesOfTable(table);
    const whole = edgesOfReference(state);
    expect(edges.filter((edge) => !whole.some((other) => isSame(edge, other)))).toEqual([]);
    expectSame(reachable(edges), reachable(whole));
    this.tally.noteState(state, edges.length < whole.length);
    if (this.reopened === undefined) return;
    expectSame(pictureOfTable(this.reopened.table), picture);
    expect(this.reopened.tables.text() === this.first.tables.text()).toBe(true);
    this.reopened.table.validate();
  }

  private context(proposer: string | null, idempotency: TableContext['idempotency']): TableContext {
    const { index } = this.first;
    return { index, term: TERM, logTimeMs: LOG_TIME_MS + index, proposer, idempotency };
  }
}

function mayRemember(kind: string): boolean {
  return kind !== 'cancel' && kind !== 'expire' && kind !== 'abandon' && kind !== 'sweep';
}

/** Whether the named edges are a way of the graph from a party back to itself. */
function isCycle(cycle: readonly WaitEdge[], edges: readonly PartyEdge[]): boolean {
  const [first] = cycle;
  if (first === undefined) return false;
  return edges.some((start) => {
    if (!isNamed(start, first)) return false;
    let ends = edges.filter((edge) => isNamed(edge, first) && isSameParty(edge.from, start.from));
    for (const named of cycle.slice(1)) {
      ends = edges.filter((edge) => {
        return isNamed(edge, named) && ends.some(({ to }) => isSameParty(to, edge.from));
      });
    }
    return ends.some(({ to }) => isSameParty(to, start.from));
  });
}

function isNamed({ from, to, lock }: PartyEdge, named: WaitEdge): boolean {
  return from.owner === named.owner && to.owner === named.waitsFor && lock === named.lock;
}
