import { eventually } from '../support/eventually.js';
import { CLUSTER_TEST_MS, READY_DEADLINE_MS } from '../support/limits.js';
import { RealCluster } from '../support/real-cluster.js';

const ALL = [0, 1, 2, 3];
/** The nodes agree within 3 s of their time (life-signs.spec.ts); a busy machine has less of it. */
const AGREED_DEADLINE_MS = 15_000;
/** Long enough for a node that nobody hears to be called dead. */
const WATCHED_MS = 3_500;

jest.setTimeout(CLUSTER_TEST_MS);

type Status = 'alive' | 'suspect' | 'dead';

/** How a node is, as its status code and its report say. */
type Health = 'ok' | 'degraded' | 'error' | 'silent';

describe('failures in a cluster of four real nodes, of which three vote', () => {
  let cluster: RealCluster;

  beforeAll(async () => {
    cluster = await RealCluster.start({ nodes: 4, divisible: true });
    await cluster.lead(0);
  }, 60_000);

  afterAll(async () => {
    await cluster.close();
  });

  /** What a node says of all members, in their order; undefined: no answer. */
  async function view(index: number): Promise<readonly Status[] | undefined> {
    const answer = await cluster.node(index).look('/v1/cluster');
    const body = answer?.body as { members: { status: Status }[] } | undefined;
    return body?.members.map(({ status }) => status);
  }

  async function health(index: number): Promise<Health> {
    const answer = await cluster.node(index).look('/health/ready');
    if (answer === undefined) return 'silent';
    const { status } = answer.body as { status: Health };
    expect(answer.status).toBe(status === 'error' ? 503 : 200);
    return status;
  }

  /** Waits until each of these nodes says this of all members. */
  async function agree(indexes: readonly number[], expected: readonly Status[]): Promise<void> {
    let seen: unknown;
    await eventually(`${indexes.join()} say ${expected.join()}`, AGREED_DEADLINE_MS, async () => {
      const views = await Promise.all(indexes.map(view));
      seen = views;
      return views.every((one) => one?.join() === expected.join()) ? true : undefined;
    }).catch((error: unknown) => {
      throw new Error(`${String(error)}, but ${JSON.stringify(seen)}`);
    });
  }

  async function feel(expected: readonly Health[]): Promise<void> {
    let seen: readonly Health[] = [];
    await eventually(`health is ${expected.join()}`, AGREED_DEADLINE_MS, async () => {
      seen = await Promise.all(ALL.map(health));
      return seen.join() === expected.join() ? true : undefined;
    }).catch((error: unknown) => {
      throw new Error(`${String(error)}, but ${seen.join()}`);
    });
  }

  async function well(): Promise<void> {
    await agree(ALL, ['alive', 'alive', 'alive', 'alive']);
    await feel(['ok', 'ok', 'ok', 'ok']);
  }

  it('are none while all is well', async () => {
    await well();
  });

  it('a killed voter and a node that was shut down are dead to all, and alive when they are back', async () => {
    await cluster.node(2).kill();
    await agree([0, 1, 3], ['alive', 'alive', 'dead', 'alive']);
    await feel(['degraded', 'degraded', 'silent', 'degraded']);
    const { body } = await cluster.http(1).get('/health/ready');
    expect(body).toMatchObject({ info: { members: { detail: 'node3 is dead' } } });
    await cluster.node(3).stop();
    await agree([0, 1], ['alive', 'alive', 'dead', 'dead']);
    await cluster.startAll();
    await well();
  });

  it('a stopped process is dead to all, and all are alive to it when it goes on', async () => {
    cluster.node(3).pause();
    await agree([0, 1, 2], ['alive', 'alive', 'alive', 'dead']);
    cluster.node(3).resume();
    await well();
  });

  it('two that cannot reach each other, but others, are dead to nobody', async () => {
    cluster.divide(2, 3);
    const untilMs = performance.now() + WATCHED_MS;
    await eventually('the time is over', 2 * WATCHED_MS, async () => {
      const views = await Promise.all(ALL.map(view));
      expect(views.flat()).not.toContain('dead');
      return performance.now() > untilMs ? true : undefined;
    });
    await agree(ALL, ['alive', 'alive', 'alive', 'alive']);
    const answer = await cluster.http(3).get('/v1/cluster');
    const { members } = answer.body as { members: { lastHeardMs: number }[] };
    expect(members[2]?.lastHeardMs).toBeGreaterThan(WATCHED_MS / 2);
    cluster.heal();
    await well();
  });

  it('a follower that is cut off is not ready, and all others are dead to it', async () => {
    cluster.isolate(2);
    await Promise.all([
      agree([0, 1, 3], ['alive', 'alive', 'dead', 'alive']),
      agree([2], ['dead', 'dead', 'alive', 'dead']),
      feel(['degraded', 'degraded', 'error', 'degraded']),
    ]);
    cluster.heal();
    await well();
  });

  it('a leader that is cut off is not ready; the others are, when they have the next', async () => {
    const { index, term } = await cluster.leader();
    cluster.isolate(index);
    await feel(ALL.map((other) => (other === index ? 'error' : 'degraded')));
    await cluster.leader(term);
    cluster.heal();
    await well();
  });

  it('without a majority nobody is ready, with or without a replica', async () => {
    await Promise.all([cluster.node(0).kill(), cluster.node(1).kill()]);
    await Promise.all([
      feel(['silent', 'silent', 'error', 'error']),
      agree([2, 3], ['dead', 'dead', 'alive', 'alive']),
    ]);
    await eventually('neither knows a leader', AGREED_DEADLINE_MS, async () => {
      const answers = await Promise.all(
        [2, 3].map(async (index) => await cluster.node(index).look('/v1/cluster/leader')),
      );
      return answers.every((answer) => answer?.status === 503) ? true : undefined;
    });
    await cluster.startAll();
    await cluster.leader(0, READY_DEADLINE_MS);
    await well();
  });
});
