import { WINDOW_MESSAGES } from '../../limits.js';
import type { StoredMessage } from '../../ports.js';
import { WINDOW_LOAD_MIN } from '../limits.js';
import { MemoryMessages } from '../testing/memory-messages.js';
import { CursorWindows } from './cursor-windows.js';

const GROUP = 1;

/** Windows over messages in memory, with cursors that go on as a group's do. */
class Reader {
  readonly messages = new MemoryMessages('log');
  readonly cursors = Array.from({ length: 10 }, () => 1);
  /** How many messages were read from the topic, by call. */
  readonly reads: number[] = [];
  readonly windows = new CursorWindows(this.cursors, (priority, from, limit) => {
    const found = this.messages.open(GROUP, priority, from, limit);
    this.reads.push(found.length);
    return found;
  });

  constructor() {
    this.messages.addGroup(GROUP, 1);
  }

  publish(count: number, priority: number): void {
    const drafts = Array.from({ length: count }, () => ({ priority }));
    for (const message of this.messages.publish(drafts, 0)) this.windows.append(message);
  }

  read(priority: number, count: number): readonly number[] {
    const found: StoredMessage[] = [];
    while (found.length < count) {
      const next = this.windows.next(priority);
      if (next === undefined) break;
      this.cursors[priority] = next.sequence + 1;
      this.windows.pass(priority);
      found.push(next);
    }
    return found.map(({ sequence }) => sequence);
  }
}

function numbers(from: number, count: number): readonly number[] {
  return Array.from({ length: count }, (_, at) => from + at);
}

describe('CursorWindows', () => {
  it('reads a backlog in steps of its size', () => {
    const reader = new Reader();
    reader.publish(2_500, 4);
    expect(reader.read(4, 3_000)).toEqual(numbers(1, 2_500));
    expect(reader.reads).toEqual([WINDOW_MESSAGES, WINDOW_MESSAGES, 2_500 - 2 * WINDOW_MESSAGES]);
    expect(reader.windows.count).toBe(0);
  });

  it('takes what is published without a read, once it has come to the end', () => {
    const reader = new Reader();
    expect(reader.read(4, 1)).toEqual([]);
    for (let round = 0; round < 10; round += 1) {
      reader.publish(100, 4);
      expect(reader.read(4, 100)).toEqual(numbers(1 + 100 * round, 100));
    }
    expect(reader.reads).toEqual([0]);
    reader.publish(WINDOW_MESSAGES + 500, 4);
    expect(reader.windows.count).toBe(WINDOW_MESSAGES);
    expect(reader.read(4, 5_000)).toEqual(numbers(1_001, WINDOW_MESSAGES + 500));
    expect(reader.reads).toEqual([0, 500]);
  });

  it('gives each priority room, however many the others hold', () => {
    const reader = new Reader();
    for (const priority of [0, 4, 9]) reader.publish(3_000, priority);
    const read: Record<number, number[]> = { 0: [], 4: [], 9: [] };
    for (let round = 0; round < 400; round += 1) {
      for (const priority of [0, 4, 9]) read[priority]?.push(...reader.read(priority, 10));
      expect(reader.windows.count).toBeLessThanOrEqual(WINDOW_MESSAGES);
    }
    expect(read).toEqual({
      0: numbers(1, 3_000),
      4: numbers(3_001, 3_000),
      9: numbers(6_001, 3_000),
    });
    expect(reader.reads.length).toBeLessThan((2 * 9_000) / WINDOW_LOAD_MIN);
  });

  it('drops what is removed, wherever it is', () => {
    const reader = new Reader();
    reader.publish(1_100, 4);
    expect(reader.read(4, 3)).toEqual([1, 2, 3]);
    for (const sequence of [2, 4, 6, WINDOW_MESSAGES, WINDOW_MESSAGES + 10]) {
      reader.messages.remove(sequence);
      reader.windows.remove(4, sequence);
    }
    expect(reader.windows.count).toBe(WINDOW_MESSAGES - 6);
    const read = reader.read(4, 2_000);
    const expected = numbers(5, 1_096).filter(
      (sequence) => ![6, WINDOW_MESSAGES, WINDOW_MESSAGES + 10].includes(sequence),
    );
    expect(read).toEqual(expected);
  });

  it('reads anew what is open now between others', () => {
    const reader = new Reader();
    reader.messages.publish([{}, { delayed: true }, {}], 0);
    expect(reader.windows.next(4)?.sequence).toBe(1);
    reader.messages.mature(1);
    reader.windows.forget(4);
    expect(reader.read(4, 9)).toEqual([1, 2, 3]);
  });
});
