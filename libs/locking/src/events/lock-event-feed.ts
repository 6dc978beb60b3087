import { setImmediate as turn, setTimeout as delay } from 'node:timers/promises';
import { Injectable, Logger } from '@nestjs/common';
import { ClusterRouter } from '@sinkron/cluster';
import { ConsensusService } from '@sinkron/consensus';
import {
  positionText,
  ProblemError,
  RESET_TEXT,
  type EventStreamReply,
  type ReadConsistency,
} from '@sinkron/http';
import type { EventPage } from '../core/commands/lock-event.js';
import type { EventsQuery } from '../core/commands/lock-query.js';
import { readEventPage } from '../core/commands/reading/read-view.js';
import { EVENT_ID_CHARS_MAX } from '../core/limits.js';
import { LOCKS } from '../waiting/lock-target.js';
import {
  EVENT_READERS_MAX,
  EVENTS_PER_LOOK_MAX,
  FAILED_LOOK_PAUSE_MS,
  LOCAL_LOOK_INTERVAL_MS,
  LOOK_TIMEOUT_MS,
  REMOTE_LOOK_INTERVAL_MS,
} from './limits.js';
import { isLaterEvent, isUnplaced } from './event-id.js';
import { lockEventText } from './lock-event-text.js';

/** Where a reader's events go; an `EventStreamReply`. */
export type LockEventSink = Pick<EventStreamReply, 'write' | 'isDrained' | 'isEnded' | 'onEnd'>;

interface Reader {
  readonly sink: LockEventSink;
  readonly prefix: string;
  /** The `last` of the page that it was sent. */
  after: string;
  /** Whether there was more than that page: it is led through the past at its own pace. */
  isBehind: boolean;
}

/** No replica knows it: asked from here, all that is remembered comes. */
const FORGOTTEN = '?';

/**
 * What happens to locks, told to the readers at this node.
 *
 * While there are readers it looks at the events of the replica here, or else of the leader, once
 * for all readers that have seen the same: those who keep up share one look.
 */
@Injectable()
export class LockEventFeed {
  private readonly logger = new Logger(LockEventFeed.name);
  private readonly readers = new Set<Reader>();
  private running = false;

  constructor(
    private readonly router: ClusterRouter,
    private readonly consensus: ConsensusService,
  ) {}

  /**
   * The first page of a new reader.
   *
   * @param lastEventId the last event it has seen, as it says; undefined begins now.
   * @throws ProblemError of the router, or OVERLOADED.
   */
  async open(
    lastEventId: string | undefined,
    prefix: string,
    { deadlineMs }: { readonly deadlineMs: number },
  ): Promise<EventPage> {
    if (this.readers.size >= EVENT_READERS_MAX) {
      throw new ProblemError('OVERLOADED', `${EVENT_READERS_MAX} readers follow this node already`);
    }
    if (lastEventId === undefined) return this.look(null, prefix, { deadlineMs });
    const after = lastEventId.length > EVENT_ID_CHARS_MAX ? FORGOTTEN : lastEventId;
    const page = await this.look(after, prefix, { deadlineMs });
    const isAtEnd = !page.reset && page.last === after;
    return isAtEnd ? this.checked(page, prefix, { deadlineMs }) : page;
  }

  /**
   * The page of a reader that has seen all that is known here: either the replica here lags, or
   * there was no such event, as after the cluster was made anew. The leader knows.
   */
  private async checked(
    page: EventPage,
    prefix: string,
    { deadlineMs }: { readonly deadlineMs: number },
  ): Promise<EventPage> {
    const consistency = 'linearizable';
    const now = await this.look(null, prefix, { deadlineMs, consistency });
    const cannotTell = isUnplaced(page.last) || isUnplaced(now.last);
    return !cannotTell && isLaterEvent(page.last, now.last) ? { ...now, reset: true } : page;
  }

  /** Tells a reader what its first page holds and all that comes after it, until its sink ends. */
  follow(sink: LockEventSink, prefix: string, first: EventPage): void {
    const reader: Reader = { sink, prefix, after: first.last, isBehind: false };
    tell(first, [reader]);
    if (sink.isEnded) return;
    this.readers.add(reader);
    sink.onEnd(() => this.readers.delete(reader));
    if (!this.running) void this.run();
  }

  private async run(): Promise<void> {
    this.running = true;
    while (this.readers.size > 0) await delay(await this.tellAll(), undefined, { ref: false });
    this.running = false;
  }

  /** One look for each place that readers have come to. @returns milliseconds to the next. */
  private async tellAll(): Promise<number> {
    try {
      for (const [after, readers] of this.places()) {
        const deadlineMs = performance.now() + LOOK_TIMEOUT_MS;
        const page = await this.look(after, '', { deadlineMs });
        tell(page, readers);
        await turn();
      }
      return this.intervalMs;
    } catch (error) {
      if (!(error instanceof ProblemError)) this.logger.error('lock events not read', { error });
      return FAILED_LOOK_PAUSE_MS;
    }
  }

  private get intervalMs(): number {
    const hasMore = [...this.readers].some(({ isBehind, sink }) => isBehind && sink.isDrained);
    if (hasMore) return 0;
    const isLocal = this.consensus.group(LOCKS.group) !== undefined;
    return isLocal ? LOCAL_LOOK_INTERVAL_MS : REMOTE_LOOK_INTERVAL_MS;
  }

  /** Readers by what they have seen, without those that have to take more of the past first. */
  private places(): ReadonlyMap<string, readonly Reader[]> {
    const places = new Map<string, Reader[]>();
    for (const reader of this.readers) {
      if (reader.isBehind && !reader.sink.isDrained) continue;
      places.set(reader.after, [...(places.get(reader.after) ?? []), reader]);
    }
    return places;
  }

  private async look(
    after: string | null,
    prefix: string,
    options: { readonly deadlineMs: number; readonly consistency?: ReadConsistency },
  ): Promise<EventPage> {
    const query: EventsQuery = { kind: 'events', after, prefix, limit: EVENTS_PER_LOOK_MAX };
    const { deadlineMs, consistency = 'stale' } = options;
    return readEventPage(await this.router.query(LOCKS, query, { deadlineMs, consistency }));
  }
}

/** Sends a page to readers that have come to the same place; each event is written out once. */
function tell(page: EventPage, readers: readonly Reader[]): void {
  const texts: string[] = [];
  for (const reader of readers) {
    let text = '';
    for (const [place, event] of page.events.entries()) {
      if (!event.name.startsWith(reader.prefix)) continue;
      texts[place] ??= lockEventText(event);
      text += texts[place];
    }
    // Without an event to resume from, the reader would be told to reset at every connection.
    if (page.reset) text = RESET_TEXT + (text === '' ? positionText(page.last) : text);
    reader.after = page.last;
    reader.isBehind = page.events.length === EVENTS_PER_LOOK_MAX;
    if (text !== '') reader.sink.write(text);
  }
}
