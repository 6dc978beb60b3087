import { PRIORITIES, WINDOW_MESSAGES } from '../../limits.js';
import type { StoredMessage } from '../../ports.js';
import { WINDOW_LOAD_MIN } from '../limits.js';

interface Window {
  messages: StoredMessage[];
  /** Those before it are passed. */
  at: number;
  /** The topic has no open message of this priority behind the window. */
  complete: boolean;
}

/** Reads the next messages behind a cursor. */
export type OpenMessages = (
  priority: number,
  from: number,
  limit: number,
) => readonly StoredMessage[];

/**
 * The messages just behind the cursors of a group, WINDOW_MESSAGES together: a copy of what the topic has
 * on the disk, so that it can be forgotten at any time.
 */
export class CursorWindows {
  private readonly windows: Window[] = Array.from({ length: PRIORITIES }, () => ({
    messages: [],
    at: 0,
    complete: false,
  }));
  private held = 0;

  constructor(
    private readonly cursors: readonly number[],
    private readonly open: OpenMessages,
  ) {}

  /** Messages held, for the bound of the shard. */
  get count(): number {
    return this.held;
  }

  /** The first open message at or behind the cursor of a priority. */
  next(priority: number): StoredMessage | undefined {
    const window = this.window(priority);
    const next = window.messages[window.at];
    if (next !== undefined || window.complete) return next;
    const limit = this.makeRoom(window);
    const messages = this.open(priority, this.cursor(priority), limit);
    window.messages = [...messages];
    window.at = 0;
    window.complete = messages.length < limit;
    this.held += messages.length;
    return window.messages[0];
  }

  /** The cursor goes past what {@link next} gave. */
  pass(priority: number): void {
    const window = this.window(priority);
    window.at += 1;
    this.held -= 1;
    if (window.at < window.messages.length) return;
    window.messages = [];
    window.at = 0;
  }

  /** Whether a message that is published would be taken into a window. */
  get wantsMore(): boolean {
    return this.windows.some(({ complete }) => complete);
  }

  /** An open message was stored behind all others. */
  append(message: StoredMessage): void {
    const window = this.window(message.priority);
    if (!window.complete) return;
    if (this.held >= WINDOW_MESSAGES) {
      window.complete = false;
      return;
    }
    window.messages.push(message);
    this.held += 1;
  }

  /** Messages of this priority are open that were not before: they are read anew. */
  forget(priority: number): void {
    const window = this.window(priority);
    this.held -= window.messages.length - window.at;
    window.messages = [];
    window.at = 0;
    window.complete = false;
  }

  /** The message goes for good. */
  remove(priority: number, sequence: number): void {
    const window = this.window(priority);
    const at = placeOf(window, sequence);
    if (at === -1) return;
    if (at === window.at) {
      this.pass(priority);
      return;
    }
    window.messages.splice(at, 1);
    this.held -= 1;
  }

  /** How many messages a window that is empty may take; others give room if there is little. */
  private makeRoom(window: Window): number {
    const free = WINDOW_MESSAGES - this.held;
    if (free >= WINDOW_LOAD_MIN) return free;
    let largest = window;
    for (const other of this.windows) {
      if (other.messages.length - other.at > largest.messages.length - largest.at) largest = other;
    }
    const kept = largest.at + ((largest.messages.length - largest.at) >>> 1);
    this.held -= largest.messages.length - kept;
    largest.messages.length = kept;
    largest.complete = false;
    return Math.max(WINDOW_LOAD_MIN, WINDOW_MESSAGES - this.held);
  }

  private cursor(priority: number): number {
    const cursor = this.cursors[priority];
    if (cursor === undefined) throw new RangeError(`no priority ${priority}`);
    return cursor;
  }

  private window(priority: number): Window {
    const window = this.windows[priority];
    if (window === undefined) throw new RangeError(`no priority ${priority}`);
    return window;
  }
}

/** By halving; -1 if it is not there. */
function placeOf({ messages, at }: Window, sequence: number): number {
  let from = at;
  let to = messages.length;
  while (from < to) {
    const middle = (from + to) >>> 1;
    const candidate = messages[middle];
    if (candidate === undefined || candidate.sequence === sequence) return middle;
    if (candidate.sequence < sequence) from = middle + 1;
    else to = middle;
  }
  return -1;
}
