import { eventually } from '../support/eventually.js';
import { READY_DEADLINE_MS } from '../support/limits.js';
import { LockClient } from '../support/lock-client.js';
import { RealCluster } from '../support/real-cluster.js';

/** Together more than the 32 MiB of commands that the log keeps: each has 16 KiB of names. */
const COMMANDS = 2_400;
const LOCKS_EACH = 64;
const NAME_CHARS = 256;
/** One command in so many takes its locks; the others are refused, and are in the log like these. */
const GRANTED_EVERY = 40;
/** Requests under way at once. */
const CLIENTS = 32;
const DEADLINE_MS = 90_000;

describe('a node that was down while the others went on', () => {
  let cluster: RealCluster;

  beforeAll(async () => {
    cluster = await RealCluster.start({ nodes: 3 });
  }, 60_000);

  afterAll(async () => {
    await cluster.close();
  });

  async function metric(index: number, name: string): Promise<number> {
    const answer = await cluster.node(index).look('/metrics');
    const line = new RegExp(`^${name}\\{[^}]*\\} (\\d+)$`, 'm').exec(String(answer?.body));
    return Number(line?.[1] ?? Number.NaN);
  }

  it(
    'catches up by a snapshot, and can lead then',
    async () => {
      const { index: leader } = await cluster.lead(0);
      const behind = 2;
      const locks = new LockClient(cluster.http(leader));
      const kept = await locks.take('kept', 'before');
      await cluster.node(behind).kill();

      let sent = 0;
      const send = async (): Promise<void> => {
        while (sent < COMMANDS) {
          const number = sent;
          sent += 1;
          const set = number - (number % GRANTED_EVERY);
          const wanted = Array.from({ length: LOCKS_EACH }, (_, place) => ({
            name: `${set}-${place}-`.padEnd(NAME_CHARS, 'x'),
          }));
          const body = { owner: `owner-${number}`, locks: wanted };
          const { status } = await locks.acquireMany(body);
          if (status !== 200 && status !== 409) throw new Error(`answered with ${status}`);
        }
      };
      await Promise.all(Array.from({ length: CLIENTS }, send));

      const applied = await metric(leader, 'sinkron_raft_applied_index');
      await cluster.node(behind).start();
      await eventually('it has caught up', READY_DEADLINE_MS, async () =>
        (await metric(behind, 'sinkron_raft_applied_index')) >= applied ? true : undefined,
      );
      expect(await metric(behind, 'sinkron_raft_snapshots_installed')).toBe(1);
      expect(await metric(leader, 'sinkron_raft_snapshots_installed')).toBe(0);

      await cluster.lead(behind);
      await cluster.node(leader).kill();
      const back = new LockClient(cluster.http(behind));
      expect((await back.get('kept')).body).toMatchObject({
        holders: [{ owner: 'before', token: kept.token }],
      });
      for (const number of [0, COMMANDS - GRANTED_EVERY]) {
        const name = `${number}-0-`.padEnd(NAME_CHARS, 'x');
        expect(await back.holders(name)).toHaveLength(1);
      }
      expect((await back.release('kept', kept)).body).toMatchObject({ released: true });
      const next = await back.take('kept', 'after');
      const locksTaken = (COMMANDS / GRANTED_EVERY) * LOCKS_EACH;
      expect(next.token).toBe(kept.token + locksTaken + 1);
    },
    DEADLINE_MS,
  );
});
