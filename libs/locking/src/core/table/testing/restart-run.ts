import { RANDOM_TERM, RandomCommands, seededDraw } from './random-commands.js';
import { TableUnderTest } from './table-under-test.js';

/** Tables that were restarted at earlier commands and go on beside the first. */
const TWINS_MAX = 5;

/** What happened in runs, so that a test can see that it has met what it is about. */
export type Tally = Map<string, number>;

/**
 * Applies random commands to a table, and to tables opened from its records after earlier
 * commands: all answer alike and keep the same records.
 */
export function runWithRestarts(seed: number, commands: number, tally: Tally): void {
  const draw = seededDraw(seed);
  const random = new RandomCommands(draw);
  const first = new TableUnderTest();
  const twins: TableUnderTest[] = [];
  for (let count = 0; count < commands; count += 1) {
    twins.push(first.restarted());
    if (twins.length > TWINS_MAX) twins.splice(draw(twins.length), 1);
    const { command, proposer, key, term } = random.next(first.table);
    const act = (run: TableUnderTest): unknown =>
      command === null
        ? run.closeProposer(proposer)
        : run.apply(command, {
            proposer,
            key,
            term: command.kind === 'expire' ? term : RANDOM_TERM,
          });
    const answer = act(first);
    note(tally, answer);
    first.table.validate();
    const answerText = JSON.stringify(answer);
    const viewText = JSON.stringify(viewOf(first));
    const records = first.tables.text();
    for (const twin of twins) {
      expect(JSON.stringify(act(twin))).toBe(answerText);
      expect(JSON.stringify(viewOf(twin))).toBe(viewText);
      expect(twin.tables.text() === records).toBe(true);
      twin.table.validate();
    }
  }
  finishRun(first, twins);
}

/** Sweeps, then ends everything: nothing is left. */
function finishRun(first: TableUnderTest, twins: readonly TableUnderTest[]): void {
  const swept = first
    .sweepAll()
    .map(({ effects }) => effects)
    .filter(({ length }) => length > 1);
  for (const twin of twins) {
    const effects = twin.sweepAll().map((step) => step.effects);
    expect(effects.filter(({ length }) => length > 1)).toEqual(swept);
  }
  for (let round = 0; first.table.listed('', null).next().done !== true; round += 1) {
    if (round > 1_000) throw new Error('locks do not come to an end');
    const holds = [...first.table.holds()];
    for (const hold of holds) {
      const { owner, name, token } = hold;
      first.apply({ kind: 'release', owner, locks: [{ name, token }] });
    }
    const delays = [...first.table.delays()].map((rest) => ({ kind: 'delay' as const, ...rest }));
    first.apply({ kind: 'expire', term: RANDOM_TERM, leases: delays }, { term: RANDOM_TERM });
    first.sweepAll();
    first.table.validate();
  }
  const sessions = [...first.table.sessions(null)];
  for (const { id } of sessions) {
    first.apply({ kind: 'end-session', sessionId: id });
  }
  expect(first.tables.counts).toEqual({});
}

function viewOf({ table }: TableUnderTest): unknown {
  const locks = [...table.listed('', null)].map((name) => {
    const lock = table.lock(name);
    const holders = [...(lock?.holders() ?? [])].map(({ id, grant, metadata }) => [
      id,
      grant,
      metadata,
    ]);
    const { mode, delayed, holderCount, queueLength } = lock ?? {};
    return {
      name,
      mode,
      delayed,
      holderCount,
      queueLength,
      holders,
      queue: [...(lock?.queue() ?? [])],
    };
  });
  const sessions = [...table.sessions(null)].map(({ id, leaseIndex }) => [id, leaseIndex]);
  const { holdsCount, waitersCount, sessionsCount } = table;
  return { locks, sessions, holdsCount, waitersCount, sessionsCount, graph: table.edges(100) };
}

function note(tally: Tally, answer: unknown): void {
  const count = (what: string) => tally.set(what, (tally.get(what) ?? 0) + 1);
  const transition = Array.isArray(answer) ? { effects: answer as readonly unknown[] } : answer;
  const { result, effects, settled } = transition as {
    result?: { status: string };
    effects: readonly { kind: string }[];
    settled?: readonly { result: { status: string } }[];
  };
  if (result !== undefined) count(result.status);
  for (const { kind } of effects) count(`effect ${kind}`);
  for (const item of settled ?? []) count(`settled ${item.result.status}`);
}
