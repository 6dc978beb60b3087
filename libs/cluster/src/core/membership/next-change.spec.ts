import fc from 'fast-check';
import { oddVoterCount, type Candidate as AnyCandidate, type GroupMembers } from './candidate.js';
import { desiredVoters } from './desired-voters.js';
import { nextChange, type Situation as AnySituation } from './next-change.js';
import { canGoOn } from './removal.js';
import type { Change as AnyChange } from './step-towards.js';

type ReplicaId = `node${string}`;
type Candidate = AnyCandidate<ReplicaId>;
type Configuration = GroupMembers<ReplicaId>;
type Change = AnyChange<ReplicaId>;
type Situation = AnySituation<ReplicaId>;

const id = (name: string | number): ReplicaId => `node${name}`;
const ids = (...names: readonly (string | number)[]): readonly ReplicaId[] => names.map(id);

function candidate(name: number, changes: Partial<Candidate> = {}): Candidate {
  return { replica: id(name), alive: true, lost: false, ...changes };
}
const dead = (name: number): Candidate => candidate(name, { alive: false });
const lost = (name: number): Candidate => candidate(name, { alive: false, lost: true });

function group(
  voters: readonly ReplicaId[],
  learners: readonly ReplicaId[] = [],
  outgoingVoters: readonly ReplicaId[] = [],
): Configuration {
  return { voters, outgoingVoters, learners };
}

/** node1 leads; who lives is heard, and learners have caught up. */
function situation(
  candidates: readonly Candidate[],
  members: Configuration,
  changes: Partial<Situation> = {},
): Situation {
  const silent = candidates.filter(({ alive }) => !alive).map(({ replica }) => replica);
  const heard = [...members.voters, ...members.learners].filter((each) => !silent.includes(each));
  return {
    candidates,
    members,
    self: id(1),
    heard: new Set(heard),
    caughtUp: new Set(members.learners),
    ...changes,
  };
}

describe('desiredVoters', () => {
  const THREE = group(ids(1, 2, 3));

  it.each([
    ['one founder with locks', [candidate(1)], group(ids(1)), ids(1)],
    ['a spare beside three', [1, 2, 3, 4].map((n) => candidate(n)), THREE, ids(1, 2, 3)],
    [
      'two spares beside three',
      [1, 2, 3, 4, 5].map((n) => candidate(n)),
      THREE,
      ids(1, 2, 3, 4, 5),
    ],
    ['a dead spare', [1, 2, 3, 4].map((n) => candidate(n)).concat(dead(5)), THREE, ids(1, 2, 3)],
    ['a dead voter', [candidate(1), candidate(2), dead(3), candidate(4)], THREE, ids(1, 2, 3)],
    ['a lost voter', [candidate(1), candidate(2), lost(3), candidate(4)], THREE, ids(1, 2, 4)],
    ['a lost voter, no spare', [candidate(1), candidate(2), lost(3)], THREE, ids(1, 2, 3)],
    [
      'a lost voter, dead spare',
      [candidate(1), candidate(2), lost(3), dead(4)],
      THREE,
      ids(1, 2, 3),
    ],
    [
      'a replaced disk whose node is not up yet',
      [candidate(1), candidate(2), dead(4)],
      THREE,
      ids(1, 2, 3),
    ],
    ['a voter that is gone', [candidate(1), candidate(2), candidate(4)], THREE, ids(1, 2, 4)],
    ['two that are left', [candidate(1), candidate(2)], THREE, ids(1)],
    ['the leader gone, two left', [candidate(2), candidate(3)], THREE, ids(2)],
    ['more than five', [1, 2, 3, 4, 5, 6, 7].map((n) => candidate(n)), THREE, ids(1, 2, 3, 4, 5)],
  ])('%s', (_name, candidates, members, voters) => {
    expect(desiredVoters(candidates, members, id(1))).toEqual(voters);
  });

  it('keeps the leader when one of two has to go, wherever it stands', () => {
    const two = [candidate(1), candidate(2)];
    expect(desiredVoters(two, group(ids(1, 2)), id(2))).toEqual(ids(2));
  });

  it('goes on with the learner that it began with', () => {
    const candidates = [candidate(1), candidate(2), candidate(3), candidate(5)];
    expect(desiredVoters(candidates, group(ids(1, 2, 9), ids(5)), id(1))).toEqual(ids(1, 2, 5));
  });
});

describe('nextChange', () => {
  const ALL = [1, 2, 3, 4, 5].map((n) => candidate(n));

  it('takes no step in a joint configuration, nor when all is as it should be', () => {
    expect(nextChange(situation(ALL, group(ids(1, 2), [], ids(1, 2, 3))))).toBeNull();
    expect(nextChange(situation(ALL, group(ids(1, 2, 3, 4, 5))))).toBeNull();
    expect(nextChange(situation([], group(ids(1))))).toBeNull();
  });

  it('grows by learners first, one at a time, and votes when both have caught up', () => {
    const three = ids(1, 2, 3);
    const step = (learners: readonly ReplicaId[], caughtUp: readonly ReplicaId[]): Change | null =>
      nextChange(situation(ALL, group(three, learners), { caughtUp: new Set(caughtUp) }));
    expect(step([], [])).toEqual({ voters: three, learners: ids(4) });
    expect(step(ids(4), ids(4))).toEqual({ voters: three, learners: ids(4, 5) });
    expect(step(ids(4, 5), ids(4))).toBeNull();
    expect(step(ids(4, 5), ids(4, 5))).toEqual({ voters: ids(1, 2, 3, 4), learners: ids(5) });
    expect(nextChange(situation(ALL, group(ids(1, 2, 3, 4), ids(5))))).toEqual({
      voters: ids(1, 2, 3, 4, 5),
      learners: [],
    });
  });

  it('replaces in one step, once the learner has caught up', () => {
    const candidates = [candidate(1), candidate(2), candidate(4)];
    const members = group(ids(1, 2, 3), ids(4));
    expect(nextChange(situation(candidates, members, { caughtUp: new Set() }))).toBeNull();
    expect(nextChange(situation(candidates, members))).toEqual({
      voters: ids(1, 2, 4),
      learners: [],
    });
  });

  it('takes a node whose disk was replaced back as another replica', () => {
    const back = { replica: id('3-new'), alive: true, lost: false };
    const candidates = [candidate(1), candidate(2), back];
    const heard = new Set(ids(1, 2, '3-new'));
    const with3 = situation(candidates, group(ids(1, 2, 3)), { heard });
    expect(nextChange(with3)).toEqual({ voters: ids(1, 2, 3), learners: ids('3-new') });
    const learning = situation(candidates, group(ids(1, 2, 3), ids('3-new')), { heard });
    expect(nextChange(learning)).toEqual({ voters: ids(1, 2, '3-new'), learners: [] });
  });

  it('drops learners that are not wanted any more', () => {
    const three = [1, 2, 3].map((n) => candidate(n));
    expect(nextChange(situation(three, group(ids(1, 2, 3), ids(4))))).toEqual({
      voters: ids(1, 2, 3),
      learners: [],
    });
  });

  it('shrinks by the silent first, then others, the leader last', () => {
    const heard = new Set(ids(1, 2, 3, 4));
    const shrink = (candidates: readonly Candidate[], voters: readonly ReplicaId[]): unknown =>
      nextChange(situation(candidates, group(voters), { heard }))?.voters;
    expect(shrink([candidate(2), candidate(3)], ids(1, 2, 3, 5))).toEqual(ids(1, 2, 3));
    expect(shrink([candidate(2), candidate(3)], ids(1, 2, 3))).toEqual(ids(1, 2));
    expect(shrink([candidate(2), candidate(3)], ids(1, 2))).toEqual(ids(2));
  });

  it('never moves to voters of which no majority is heard', () => {
    const heard = new Set(ids(1, 2, 5));
    const candidates = [candidate(1), dead(3), dead(4)];
    // All five without 2 or 5: two of four.
    expect(nextChange(situation(candidates, group(ids(1, 2, 3, 4, 5)), { heard }))).toBeNull();
  });
});

describe('canGoOn', () => {
  const THREE = group(ids(1, 2, 3));

  it.each([
    ['two living', [candidate(1), candidate(2)], true],
    ['one of two', [candidate(1), dead(3)], false],
    ['one alone', [candidate(1)], true],
    ['nobody', [], false],
    ['two of three', [candidate(1), candidate(2), dead(3)], true],
    ['a spare makes up for a dead voter', [candidate(1), dead(3), candidate(4)], true],
    [
      'dead spares beyond five do not count',
      [1, 2, 3].map((n) => candidate(n)).concat([4, 5, 6, 7].map(dead)),
      true,
    ],
  ])('%s: %j', (_name, left, expected) => {
    expect(canGoOn(left, THREE)).toBe(expected);
  });
});

describe('all steps together', () => {
  interface Start {
    readonly candidates: readonly Candidate[];
    readonly members: Configuration;
    readonly self: ReplicaId;
  }

  const names = [1, 2, 3, 4, 5, 6, 7, 8] as const;
  /** Any candidates, and any voters and learners, members or not; the first voter leads. */
  const start = (living: fc.Arbitrary<boolean>): fc.Arbitrary<Start> =>
    fc
      .record({
        members: fc.subarray([...names], { minLength: 1 }),
        replicas: fc.shuffledSubarray([...names], { minLength: 1, maxLength: 7 }),
        voterCount: fc.integer({ min: 1, max: 5 }),
        alive: fc.tuple(...names.map(() => living)),
        lost: fc.tuple(...names.map(() => fc.boolean())),
      })
      .map(({ members, replicas, voterCount, alive, lost: gone }) => ({
        candidates: members.map((name) => {
          const lives = (alive[name - 1] ?? true) || name === replicas[0];
          return { replica: id(name), alive: lives, lost: !lives && (gone[name - 1] ?? false) };
        }),
        members: group(
          replicas.slice(0, voterCount).map((name) => id(name)),
          replicas.slice(voterCount).map((name) => id(name)),
        ),
        self: id(replicas[0] ?? 1),
      }));

  function heardIn({ candidates, members, self }: Start): ReadonlySet<ReplicaId> {
    const living = candidates.filter(({ alive }) => alive).map(({ replica }) => replica);
    const all = [...members.voters, ...members.learners];
    // Who is no candidate any more still answers, as a leaving node does.
    const strangers = all.filter((each) => !candidates.some(({ replica }) => replica === each));
    return new Set([...living, ...strangers, self]);
  }

  function step(now: Start): Change | null {
    const heard = heardIn(now);
    return nextChange({ ...now, heard, caughtUp: new Set(now.members.learners) });
  }

  function check(before: Configuration, after: Change, heard: ReadonlySet<ReplicaId>): void {
    const all = (each: Change): readonly ReplicaId[] => [...each.voters, ...each.learners];
    expect(new Set(all(after)).size).toBe(all(after).length);
    const comeVoters = after.voters.filter((voter) => !before.voters.includes(voter));
    const goneVoters = before.voters.filter((voter) => !after.voters.includes(voter));
    expect(comeVoters.length).toBeLessThanOrEqual(1);
    expect(goneVoters.length).toBeLessThanOrEqual(1);
    // Nobody votes who was not a learner before.
    for (const voter of comeVoters) expect(before.learners).toContain(voter);
    const newReplicas = all(after).filter((each) => !all(before).includes(each));
    expect(newReplicas.length).toBeLessThanOrEqual(1);
    if (comeVoters.length + goneVoters.length > 0) {
      const living = after.voters.filter((voter) => heard.has(voter));
      expect(living.length * 2).toBeGreaterThan(after.voters.length);
    }
  }

  /** Takes all steps; ends within as many as there are replicas to add, move and remove. */
  function settle(from: Start): Start {
    let now = from;
    for (let count = 0; count < 30; count += 1) {
      const change = step(now);
      if (change === null) return now;
      check(now.members, change, heardIn(now));
      const members = group(change.voters, change.learners);
      // A leader that is no voter any more hands over to one that lives.
      const living = change.voters.find((voter) => heardIn(now).has(voter));
      const self = change.voters.includes(now.self) ? now.self : (living ?? now.self);
      now = { ...now, members, self };
    }
    throw new Error('the steps never end');
  }

  it('lead from every start to the desired voters, odd and at most five, when all live', () => {
    fc.assert(
      fc.property(start(fc.constant(true)), (from) => {
        const { candidates, members } = settle(from);
        expect(members.learners).toEqual([]);
        expect(members.voters).toHaveLength(oddVoterCount(candidates.length));
        const known = candidates.map(({ replica }) => replica);
        for (const voter of members.voters) expect(known).toContain(voter);
        // Present voters stay, as many as there is room for.
        const stayed = from.members.voters.filter((voter) => known.includes(voter));
        const room = Math.min(stayed.length, members.voters.length);
        expect(stayed.filter((voter) => members.voters.includes(voter)).length).toBe(room);
      }),
      { seed: 5, numRuns: 400 },
    );
  });

  it('end, and never lose the majority, whoever is dead or lost', () => {
    fc.assert(
      fc.property(start(fc.boolean()), (from) => {
        const heard = heardIn(from);
        const living = from.members.voters.filter((voter) => heard.has(voter));
        fc.pre(living.length * 2 > from.members.voters.length);
        const { members } = settle(from);
        const left = members.voters.filter((voter) => heard.has(voter));
        expect(left.length * 2).toBeGreaterThan(members.voters.length);
      }),
      { seed: 6, numRuns: 400 },
    );
  });
});
