import { makeCandidate } from '../../testing/elect.js';
import { accepted, heartbeatResponse, voteResponse } from '../../testing/messages.js';
import { Replica, START_WALL_MS } from '../../testing/replica.js';

const DAY_MS = 86_400_000;

describe('Schedules that break log time', () => {
  it('one leader with a clock a day ahead expires nothing', () => {
    const replica = new Replica();
    const wrong = DAY_MS;
    replica.wallMs += wrong;
    lead(replica, wrong);
    expect(stamp(replica)).toBe(START_WALL_MS + 1000);
    pass(replica, 250, wrong);
    expect(stamp(replica)).toBe(START_WALL_MS + 1250);
  });

  it('one leader with a clock a day behind holds nothing back', () => {
    const replica = new Replica();
    replica.wallMs -= DAY_MS;
    lead(replica, -DAY_MS);
    pass(replica, 0, -DAY_MS);
    expect(stamp(replica)).toBe(START_WALL_MS + 1000);
    pass(replica, 250, -DAY_MS);
    expect(stamp(replica)).toBe(START_WALL_MS + 1250);
  });

  it('one follower with a clock a day ahead or behind moves nothing', () => {
    for (const wrong of [DAY_MS, -DAY_MS]) {
      const replica = new Replica();
      lead(replica);
      pass(replica, 100);
      replica.receive(heartbeatResponse({ from: '3', wallMs: replica.wallMs + wrong }));
      expect(stamp(replica)).toBe(START_WALL_MS + 1100);
    }
  });

  it('a clock of the leader that jumps back by an hour stops nothing', () => {
    const replica = new Replica();
    lead(replica);
    const before = stamp(replica);
    replica.wallMs -= 3_600_000;
    replica.monotonicMs += 40;
    expect(stamp(replica)).toBe(before + 40);
  });

  it('all clocks that jump back by an hour stop nothing: time goes on with the monotonic one', () => {
    const replica = new Replica();
    lead(replica);
    const before = stamp(replica);
    replica.wallMs -= 3_600_000;
    for (const from of ['2', '3']) {
      replica.receive(heartbeatResponse({ from, wallMs: replica.wallMs }));
    }
    replica.monotonicMs += 40;
    expect(stamp(replica)).toBe(before + 40);
  });

  it('a stamp of the future, once in the log, does not freeze time under the next leader', () => {
    const previous = new Replica();
    previous.wallMs += DAY_MS;
    lead(previous, DAY_MS, DAY_MS);
    const future = stamp(previous);
    expect(future).toBe(START_WALL_MS + DAY_MS + 1000);
    previous.settle();
    previous.receive(accepted(2, { from: '2' }));
    previous.wallMs -= DAY_MS;
    previous.receive(heartbeatResponse({ term: 2, round: 0 }));
    lead(previous, 0, 0);
    const first = stamp(previous);
    expect(first).toBe(future);
    pass(previous, 500);
    expect(stamp(previous)).toBe(future + 500);
  });

  it('a new leader knows the clocks of its voters from their votes', () => {
    const replica = new Replica({ voters: ['1', '2', '3', '4', '5'] });
    replica.wallMs += DAY_MS;
    lead(replica, DAY_MS);
    expect(replica.log()[0]?.timeMs).toBe(START_WALL_MS + 1000);
  });

  it('ten thousand stamps within a second lose no time to rounding', () => {
    const replica = new Replica();
    lead(replica);
    const before = stamp(replica);
    for (let count = 1; count <= 10_000; count += 1) {
      replica.monotonicMs += 0.1;
      if (count % 500 === 0) pass(replica, 0);
      stamp(replica);
    }
    expect(stamp(replica)).toBeGreaterThanOrEqual(before + 999);
    expect(stamp(replica)).toBeLessThanOrEqual(before + 1000);
  });
});

/** Elects the replica by voters whose clocks are right, or wrong by `votersWrongMs`. */
function lead(replica: Replica, ownWrongMs = 0, votersWrongMs = 0): void {
  makeCandidate(replica);
  replica.settle();
  for (const from of ['2', '3']) {
    const wallMs = replica.wallMs - ownWrongMs + votersWrongMs;
    replica.receive(voteResponse({ from, term: replica.raft.term, wallMs }));
  }
  replica.settle();
}

/** Lets time pass, and the followers answer a heartbeat by their right clocks. */
function pass(replica: Replica, elapsedMs: number, ownWrongMs = 0): void {
  replica.tick(1, elapsedMs);
  const rounds = replica.settle().flatMap((sent) => ('round' in sent ? [sent.round] : []));
  const { term } = replica.raft;
  const answer = { term, round: Math.max(...rounds), wallMs: replica.wallMs - ownWrongMs };
  for (const from of ['2', '3']) replica.receive(heartbeatResponse({ ...answer, from }));
}

function stamp(replica: Replica): number {
  expect(replica.propose('stamped')).toMatchObject({ kind: 'appended' });
  return replica.entriesFrom(replica.raft.lastIndex)[0]?.timeMs ?? 0;
}
