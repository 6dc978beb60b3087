import { RandomWalk } from './random-walk.js';

/** RAFT_WALK_SEED=n replays one run, RAFT_WALK_SEEDS=n walks through more of them. */
const only = process.env['RAFT_WALK_SEED'];
const count = Number(process.env['RAFT_WALK_SEEDS'] ?? 150);
const STEPS = 4000;
const SECONDS_PER_SEED = 0.5;

/** How often a run has to see at least, on average, what makes a change of members hard. */
const MEMBERS_SEEN_MIN = {
  begun: 1.5,
  left: 0.8,
  elected: 0.2,
  crashed: 0.1,
  removed: 0.2,
  snapshots: 0.005,
};

describe('Raft: whole groups under every fault', () => {
  it(
    'keeps its promises at every step, and recovers within 80 heartbeats',
    () => {
      const seeds =
        only === undefined ? Array.from({ length: count }, (_, i) => i) : [Number(only)];
      let committed = 0;
      let elections = 0;
      let snapshots = 0;
      let transfers = 0;
      const members = new Map<string, number>();
      for (const seed of seeds) {
        try {
          const outcome = new RandomWalk(seed).run(STEPS);
          expect(outcome.recoveryTicks).toBeLessThan(80);
          committed += outcome.committed;
          elections += outcome.elections;
          snapshots += outcome.snapshots;
          transfers += outcome.transfers;
          for (const [what, times] of Object.entries(outcome.members)) {
            members.set(what, (members.get(what) ?? 0) + times);
          }
        } catch (error) {
          throw new Error(`RAFT_WALK_SEED=${seed}: ${String(error)}`, { cause: error });
        }
      }
      // A walk is worth something only if all of this happens under way.
      expect(elections / seeds.length).toBeGreaterThan(3);
      expect(committed / seeds.length).toBeGreaterThan(20);
      if (only !== undefined) return;
      expect(snapshots / seeds.length).toBeGreaterThan(0.3);
      expect(transfers / seeds.length).toBeGreaterThan(1);
      for (const [what, rate] of Object.entries(MEMBERS_SEEN_MIN)) {
        expect([what, (members.get(what) ?? 0) / seeds.length > rate]).toEqual([what, true]);
      }
    },
    30_000 + count * SECONDS_PER_SEED * 1000,
  );
});
