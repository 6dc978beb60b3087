import { invariant } from '@sinkron/invariant';
import { PRIORITIES } from '../../limits.js';
import type { StoredMessage } from '../../ports.js';
import { PASSED_PER_RECEIVE_MAX } from '../limits.js';
import type { Returned } from '../records/group-tables.js';
import type { GroupState, Picked, Placed } from '../state/group-state.js';
import { FRESH, moveKey } from './keys.js';

/**
 * The messages of a group that are ready, in the order of hand-out: two ordered lists, merged. What is
 * ahead of the cursors is as it was published, what came back lies behind them.
 *
 * A message ahead that is not the head of its key is passed and counts as blocked from then on: it is
 * found again when its key moves on (see `moveKey`). So a cursor never stands before messages that it
 * cannot hand out, however many of a busy key there are, and looks at none of them twice. One receive
 * passes at most PASSED_PER_RECEIVE_MAX; then it ends early, maybe empty, and the next goes on there.
 *
 * A message past its ttl is settled where it is met. One that is not met, such as the head of a key with
 * a lower priority, holds the next of its key back until the topic's own duty ends it, a heartbeat later.
 */
export class ReadyMessages {
  private priority = PRIORITIES - 1;
  private walk: Iterator<Returned, void> | null = null;
  private back: Returned | null = null;
  private passed = 0;
  /** By key, as long as nothing is settled: the sequence of its head. */
  private readonly heads = new Map<string, number>();

  constructor(
    private readonly group: GroupState,
    private readonly logTimeMs: number,
  ) {
    this.startWalk();
  }

  /** The next one, which {@link take} takes; undefined at the end or where this receive must end. */
  next(): Picked | undefined {
    for (;;) {
      const ahead = this.ahead();
      const { back } = this;
      if (back !== null && (ahead === undefined || precedes(back, ahead))) {
        const message = this.stored(back.sequence);
        if (!this.isExpired(message)) return { message, attempts: back };
        if (!this.mayPass()) return undefined;
        this.takeReturned(message);
        this.settle(message);
      } else {
        if (ahead === undefined) return undefined;
        const isExpired = this.isExpired(ahead);
        if (!isExpired && this.isHead(ahead)) return { message: ahead, attempts: FRESH };
        if (!this.mayPass()) return undefined;
        this.group.pass(ahead);
        if (isExpired) this.settle(ahead);
        else this.group.countBlocked(1);
      }
    }
  }

  take({ message }: Picked): void {
    if (this.group.isPassed(message)) this.takeReturned(message);
    else this.group.pass(message);
  }

  private ahead(): StoredMessage | undefined {
    for (; this.priority >= 0; this.priority -= 1) {
      const next = this.group.memory.windows.next(this.priority);
      if (next !== undefined) return next;
    }
    return undefined;
  }

  private startWalk(): void {
    this.walk = this.group.record.returned === 0 ? null : this.group.tables.returned();
    this.back = null;
    this.step();
  }

  private step(): void {
    const step = this.walk?.next();
    this.back = step === undefined || step.done === true ? null : step.value;
  }

  private takeReturned(placed: Placed): void {
    this.group.removeReturned(placed);
    this.step();
  }

  private mayPass(): boolean {
    this.passed += 1;
    return this.passed <= PASSED_PER_RECEIVE_MAX;
  }

  private isExpired({ expiresAtMs }: StoredMessage): boolean {
    return expiresAtMs !== null && expiresAtMs <= this.logTimeMs;
  }

  /** What is ahead is in no record of the group, so nothing else of its key is in flight if it is the head. */
  private isHead({ key, sequence }: StoredMessage): boolean {
    if (key === null) return true;
    let head = this.heads.get(key);
    if (head === undefined) {
      head = this.group.topic.options.messages.headOfKey(key, this.group.id)?.sequence;
      invariant(head !== undefined, 'ReadyMessages: an open message is of a key with a head', {
        sequence,
      });
      this.heads.set(key, head);
    }
    return head === sequence;
  }

  /**
   * It was not in time. If it was the head of its key, the next of the key is ready, and may come before
   * what would come now; if not, the head stays, which this receive may have taken.
   */
  private settle(message: StoredMessage): void {
    const { sequence, key } = message;
    const wasHead = this.isHead(message);
    this.group.settle([sequence]);
    if (key === null || !wasHead) return;
    this.heads.delete(key);
    moveKey(this.group, key);
    this.startWalk();
  }

  private stored(sequence: number): StoredMessage {
    const message = this.group.topic.options.messages.get(sequence);
    invariant(message !== undefined, 'ReadyMessages: what came back is stored', { sequence });
    return message;
  }
}

/** Whether it is handed out first. */
function precedes(one: Placed, other: Placed): boolean {
  if (one.priority !== other.priority) return one.priority > other.priority;
  return one.sequence < other.sequence;
}
