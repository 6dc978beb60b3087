import { setTimeout as sleep } from 'node:timers/promises';
import { openSession } from '../load/clients/open-clients.js';
import { READY_DEADLINE_MS } from '../limits.js';
import { eventually } from '../processes/eventually.js';
import { anonymousKib } from '../processes/process-usage.js';
import type { ServerProcess } from '../processes/server-process.js';
import { look } from '../systems/look.js';
import type { SystemPlan, SystemUnderTest } from '../systems/system-under-test.js';
import { appendEntries } from './append-entries.js';
import { parseEventLoopDelay, type EventLoopDelay } from './event-loop-delay.js';
import { takeLocks } from './take-locks.js';

const LOCKS = 100_000;
const TTL_MS = 3_600_000;
/** More than the 10,000 that a log keeps for those who are behind. */
const OUTGROWING_ENTRIES = 12_000;
const INSTALLED = /^sinkron_raft_snapshots_installed\{group="coordination"\} [1-9]/m;
/** Milliseconds of rest before the memory is read, so that what is garbage may go. */
const SETTLE_MS = 5_000;
const KIB_PER_MIB = 1_024;

/** A node that was down is started, until it is ready. */
export interface CatchUp {
  readonly ms: number;
  /** Of each node, meanwhile. */
  readonly delay: readonly EventLoopDelay[];
}

/** What many held locks cost; null where it could not be measured. */
export interface HeldLocksMeasurement {
  readonly locks: number;
  readonly takenPerSecond: number | null;
  /** MiB of each node. */
  readonly anonymousMib: readonly number[] | null;
  /** A node that was down while they were taken: their clients' requests share entries, and the log has all. */
  readonly logCatchUp: CatchUp | null;
  /** One that was down while more entries were appended than the log keeps. */
  readonly snapshotCatchUp: CatchUp | null;
  /** All nodes killed and started: until all are ready and the last lock is read. */
  readonly restartMs: number | null;
  /** The session that holds them all is deleted: until the last lock is free. */
  readonly endedMs: number | null;
  /** Of each node, meanwhile. */
  readonly endDelay: readonly EventLoopDelay[] | null;
  /** What could not be measured, and why. */
  readonly problems: readonly string[];
}

/** Takes many locks in one session and measures what they cost; goes on where a part fails. */
export async function runHeldLocks(
  plan: SystemPlan,
  say: (text: string) => void,
): Promise<HeldLocksMeasurement> {
  const system = await plan.start();
  try {
    return await new HeldLocks(system, (text) => {
      say(`${plan.label}: ${text}`);
    }).run();
  } finally {
    await system.close();
  }
}

class HeldLocks {
  private readonly urls: readonly string[];
  private readonly problems: string[] = [];
  private sessionId: string | null = null;

  constructor(
    private readonly system: SystemUnderTest,
    private readonly say: (text: string) => void,
  ) {
    if (system.target.kind !== 'sinkron') throw new Error('only our own cluster has sessions');
    this.urls = system.target.urls;
  }

  async run(): Promise<HeldLocksMeasurement> {
    this.sessionId = await this.part('open a session', async () => {
      return await openSession(this.urls[0] ?? '', TTL_MS);
    });
    const follower = await this.part('kill a follower', async () => await this.killFollower());
    const takenPerSecond = await this.part('take the locks', async () => await this.takeAll());
    const logCatchUp = await this.part('catch up', async () => {
      const catchUp = await this.catchUp(follower);
      if (await this.isInstalled()) throw new Error('the log was not enough');
      return catchUp;
    });
    const other = await this.part('kill a follower again', async () => await this.killFollower());
    await this.part('outgrow the log', async () => await this.outgrowLog());
    const snapshotCatchUp = await this.part('get a snapshot', async () => {
      const catchUp = await this.catchUp(other);
      await this.untilInstalled();
      return catchUp;
    });
    await sleep(SETTLE_MS);
    const anonymousMib = this.system.servers.map(({ pid = 0 }) => anonymousKib(pid) / KIB_PER_MIB);
    const restartMs = await this.part('restart', async () => await this.restart());
    await sleep(SETTLE_MS);
    await this.scrape();
    const endedMs = await this.part('end the session', async () => await this.endSession());
    const endDelay = endedMs === null ? null : await this.scrape();
    const { problems } = this;
    const catchUp = { logCatchUp, snapshotCatchUp };
    const end = { restartMs, endedMs, endDelay, problems };
    return { locks: LOCKS, takenPerSecond, anonymousMib, ...catchUp, ...end };
  }

  private async killFollower(): Promise<ServerProcess> {
    const leader = await this.system.leader();
    const follower = this.system.servers.findLast((server) => server !== leader);
    if (follower === undefined) throw new Error('there is no follower');
    await follower.kill();
    return follower;
  }

  private get running(): readonly string[] {
    return this.urls.filter((_, index) => this.system.servers[index]?.pid !== undefined);
  }

  private async takeAll(): Promise<number> {
    return await takeLocks(this.running, LOCKS, this.acquireBody());
  }

  private async outgrowLog(): Promise<void> {
    const [url] = this.running;
    if (url === undefined) throw new Error('no node runs');
    await appendEntries(url, OUTGROWING_ENTRIES);
  }

  private async catchUp(absent: ServerProcess | null): Promise<CatchUp> {
    if (absent === null) throw new Error('no follower was down');
    await this.scrape();
    const startedAt = performance.now();
    absent.start();
    await this.system.untilReady();
    const ms = performance.now() - startedAt;
    return { ms, delay: await this.scrape() };
  }

  /** Else the log was enough, and the measurement is of something else. */
  private async untilInstalled(): Promise<void> {
    await eventually('a snapshot is installed', READY_DEADLINE_MS, async () => {
      return (await this.isInstalled()) || undefined;
    });
  }

  private async isInstalled(): Promise<boolean> {
    const metrics = await Promise.all(this.urls.map(async (url) => await look(`${url}/metrics`)));
    return metrics.some((text) => text !== null && INSTALLED.test(text));
  }

  private acquireBody(): object {
    const { sessionId } = this;
    return sessionId === null ? { owner: 'bench', ttlMs: TTL_MS } : { sessionId };
  }

  private async restart(): Promise<number> {
    await Promise.all(this.system.servers.map(async (server) => await server.kill()));
    const startedAt = performance.now();
    for (const server of this.system.servers) server.start();
    await this.system.untilReady();
    for (const url of this.urls) {
      await eventually('a lock is read', READY_DEADLINE_MS, async () => {
        return (await look(`${url}/v1/locks/held.${LOCKS - 1}`)) ?? undefined;
      });
    }
    return performance.now() - startedAt;
  }

  private async endSession(): Promise<number> {
    if (this.sessionId === null) throw new Error('there is no session');
    const url = this.urls[0] ?? '';
    if (await this.isAllFree(url)) throw new Error('there are no locks to free');
    const startedAt = performance.now();
    const options = { method: 'DELETE' };
    if ((await look(`${url}/v1/sessions/${this.sessionId}`, options)) === null) {
      throw new Error('the session could not be deleted');
    }
    await eventually('all locks are free', READY_DEADLINE_MS, async () => {
      return (await this.isAllFree(url)) ? true : undefined;
    });
    return performance.now() - startedAt;
  }

  private async isAllFree(url: string): Promise<boolean> {
    const page = await look(`${url}/v1/locks?limit=1`);
    return page?.includes('"locks":[]') === true;
  }

  /** How late each node's event loop was since the last time this was called. */
  private async scrape(): Promise<readonly EventLoopDelay[]> {
    const texts = await Promise.all(this.urls.map(async (url) => await look(`${url}/metrics`)));
    return texts.filter((text) => text !== null).map(parseEventLoopDelay);
  }

  private async part<Result>(what: string, work: () => Promise<Result>): Promise<Result | null> {
    this.say(what);
    try {
      return await work();
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      this.say(`  failed: ${message}`);
      this.problems.push(`${what}: ${message}`);
      return null;
    }
  }
}
