import type { ClusterRouter } from '@sinkron/cluster';
import type { ConsensusService } from '@sinkron/consensus';
import { ProblemError } from '@sinkron/http';
import type { EventPage, LockEvent } from '../core/commands/lock-event.js';
import { LockEventFeed, type LockEventSink } from './lock-event-feed.js';
import { EVENT_READERS_MAX, EVENTS_PER_LOOK_MAX } from './limits.js';

interface EventsAsked {
  readonly after: string | null;
  readonly prefix: string;
  readonly limit: number;
}

function event(index: number, name = 'a'): LockEvent {
  return {
    id: `${index}-1`,
    kind: 'granted',
    name,
    owner: 'one',
    sessionId: null,
    mode: 'exclusive',
    token: index,
    atMs: Date.UTC(2026, 0, 1),
  };
}

/** Events of a replica, with which a test does what it likes. */
class Replica {
  events: LockEvent[] = [];
  readonly asked: (string | null)[] = [];
  failure: Error | undefined;
  forgotten = false;

  /** The newest event of the leader; undefined: that of this replica. */
  leaderLast: string | undefined;

  readonly query = async (
    _target: object,
    query: unknown,
    { consistency }: { readonly consistency: string },
  ): Promise<EventPage> => {
    const { after, prefix, limit } = query as EventsAsked;
    this.asked.push(after);
    if (this.failure !== undefined) throw this.failure;
    if (consistency === 'linearizable' && this.leaderLast !== undefined) {
      return { events: [], last: this.leaderLast, reset: false };
    }
    const last = this.events.at(-1)?.id ?? '0-1';
    if (after === null) return { events: [], last, reset: false };
    const isAhead = Number.parseInt(after, 10) > Number.parseInt(last, 10);
    if (isAhead) return { events: [], last: after, reset: false };
    const place = this.events.findIndex(({ id }) => id === after);
    const reset = this.forgotten || (place === -1 && after !== '0-1');
    const later = this.events.slice(reset ? 0 : place + 1);
    const events = later.filter(({ name }) => name.startsWith(prefix)).slice(0, limit);
    this.forgotten = false;
    return { events, last: events.length === limit ? (events.at(-1)?.id ?? last) : last, reset };
  };
}

class Sink implements LockEventSink {
  text = '';
  isDrained = true;
  isEnded = false;
  private readonly listeners: (() => void)[] = [];
  private readonly watchers: (() => void)[] = [];

  write(text: string): void {
    this.text += text;
    for (const watch of this.watchers) watch();
  }

  onEnd(listener: () => void): void {
    this.listeners.push(listener);
  }

  end(): void {
    this.isEnded = true;
    for (const listener of this.listeners) listener();
  }

  /** `event id` of what came. */
  get told(): string[] {
    return this.text
      .split('\n\n')
      .filter((block) => block !== '')
      .map((block) => {
        const [, id = ''] = /^id: (.*)$/m.exec(block) ?? [];
        const [, name = ''] = /^event: (.*)$/m.exec(block) ?? [];
        return `${name} ${id}`.trim();
      });
  }

  received(count: number): Promise<void> {
    return new Promise((resolve) => {
      const watch = (): void => {
        if (this.told.length >= count) resolve();
      };
      this.watchers.push(watch);
      watch();
    });
  }
}

const deadline = () => ({ deadlineMs: performance.now() + 5_000 });

describe('LockEventFeed', () => {
  let replica: Replica;
  let feed: LockEventFeed;
  let sinks: Sink[];

  beforeEach(() => {
    replica = new Replica();
    feed = new LockEventFeed(
      replica as unknown as ClusterRouter,
      { group: () => ({}) } as unknown as ConsensusService,
    );
    sinks = [];
  });
  afterEach(() => {
    for (const sink of sinks) sink.end();
  });

  async function follow(lastEventId?: string, prefix = ''): Promise<Sink> {
    const sink = new Sink();
    sinks.push(sink);
    const first = await feed.open(lastEventId, prefix, deadline());
    feed.follow(sink, prefix, first);
    return sink;
  }

  it('tells a new reader what happens from now on, each event once and in order', async () => {
    replica.events.push(event(1));
    const sink = await follow();
    replica.events.push(event(2), event(3));
    await sink.received(2);
    replica.events.push(event(4));
    await sink.received(3);
    expect(sink.told).toEqual(['granted 2-1', 'granted 3-1', 'granted 4-1']);
  });

  it('writes an event as the contract says', async () => {
    const sink = await follow();
    const cycle = [{ owner: 'one', waitsFor: 'two', lock: 'a' }];
    replica.events.push({ ...event(1), kind: 'deadlock', token: null, cycle });
    await sink.received(1);
    expect(sink.text).toBe(
      [
        'id: 1-1',
        'event: deadlock',
        'data: {"name":"a","owner":"one","sessionId":null,"mode":"exclusive","token":null,"at":"2026-01-01T00:00:00.000Z","cycle":[{"owner":"one","waitsFor":"two","lock":"a"}]}',
        '',
        '',
      ].join('\n'),
    );
  });

  it('tells each reader of the names that begin with its prefix', async () => {
    const all = await follow();
    const some = await follow(undefined, 'b/');
    replica.events.push(event(1, 'a'), event(2, 'b/1'), event(3, 'b'), event(4, 'b/2'));
    await all.received(4);
    expect(some.told).toEqual(['granted 2-1', 'granted 4-1']);
  });

  it('looks once for all readers that keep up', async () => {
    await Promise.all([follow(), follow(), follow(undefined, 'b')]);
    replica.asked.length = 0;
    replica.events.push(event(1));
    await sinks[0]?.received(1);
    expect(replica.asked.filter((after) => after === '0-1')).toHaveLength(1);
  });

  it('goes on behind Last-Event-ID, with all that the reader missed', async () => {
    replica.events.push(event(1), event(2), event(3));
    const sink = await follow('1-1');
    replica.events.push(event(4));
    await sink.received(3);
    expect(sink.told).toEqual(['granted 2-1', 'granted 3-1', 'granted 4-1']);
  });

  it.each(['0-7', 'nonsense', 'x'.repeat(100)])(
    'says reset first when %s is not remembered',
    async (id) => {
      replica.events.push(event(1));
      const sink = await follow(id);
      expect(sink.told).toEqual(['reset', 'granted 1-1']);
    },
  );

  it.each(['99-1', '2-0', '2-1'])(
    'says reset to a reader that has seen %s, which never was, and tells it what comes',
    async (id) => {
      replica.events.push(event(1));
      replica.leaderLast = '1-1';
      const sink = await follow(id);
      expect(sink.text).toBe('event: reset\ndata: {}\n\n: position\nid: 1-1\n\n');
      replica.events.push(event(2));
      await sink.received(3);
      expect(sink.told.at(-1)).toBe('granted 2-1');
    },
  );

  it('does not say reset because the leader was restarted and has seen nothing yet', async () => {
    replica.events.push(event(1));
    replica.leaderLast = '0-1795275277433';
    const sink = await follow('1-1');
    replica.events.push(event(2));
    await sink.received(1);
    expect(sink.told).toEqual(['granted 2-1']);
  });

  it('waits for a replica that lags behind what the reader has seen elsewhere', async () => {
    replica.events.push(event(1));
    replica.leaderLast = '3-1';
    const sink = await follow('3-1');
    replica.events.push(event(2), event(3), event(4));
    await sink.received(1);
    expect(sink.told).toEqual(['granted 4-1']);
  });

  it('says reset when the replica forgets while it is followed', async () => {
    replica.events.push(event(1));
    const sink = await follow();
    replica.events.push(event(2));
    replica.forgotten = true;
    await sink.received(3);
    expect(sink.told).toEqual(['reset', 'granted 1-1', 'granted 2-1']);
  });

  it('leads a reader through a long past at the pace of the reader', async () => {
    const count = 3 * EVENTS_PER_LOOK_MAX + 7;
    replica.events.push(...Array.from({ length: count }, (_, index) => event(index + 1)));
    const sink = new Sink();
    sinks.push(sink);
    const first = await feed.open('1-1', '', deadline());
    sink.isDrained = false;
    feed.follow(sink, '', first);
    const other = await follow();
    replica.events.push(event(count + 1));
    await other.received(1);
    expect(sink.told).toHaveLength(EVENTS_PER_LOOK_MAX);
    sink.isDrained = true;
    await sink.received(count);
    expect(sink.told.at(-1)).toBe(`granted ${count + 1}-1`);
    expect(new Set(sink.told).size).toBe(count);
  });

  it('goes on after looks that failed', async () => {
    const sink = await follow();
    replica.failure = new ProblemError('NO_LEADER', 'none');
    const before = replica.asked.length;
    while (replica.asked.length === before) await new Promise(setImmediate);
    replica.failure = undefined;
    replica.events.push(event(1));
    await sink.received(1);
    expect(sink.told).toEqual(['granted 1-1']);
  });

  it('refuses a reader when the first look fails, as the router says', async () => {
    replica.failure = new ProblemError('NO_LEADER', 'none');
    await expect(feed.open(undefined, '', deadline())).rejects.toBe(replica.failure);
  });

  it('looks no more when nobody reads', async () => {
    const sink = await follow();
    sink.end();
    await new Promise((resolve) => setTimeout(resolve, 50));
    const before = replica.asked.length;
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(replica.asked).toHaveLength(before);
    const next = await follow();
    replica.events.push(event(1));
    await next.received(1);
  });

  it('refuses more readers than it has room for', async () => {
    await Promise.all(Array.from({ length: EVENT_READERS_MAX }, () => follow()));
    await expect(feed.open(undefined, '', deadline())).rejects.toMatchObject({
      code: 'OVERLOADED',
    });
    sinks[0]?.end();
    await follow();
  });
});
