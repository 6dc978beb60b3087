import { configure } from './testing/topic-commands.js';
import { TableUnderTest } from './testing/table-under-test.js';

const WINDOW_MS = 1_000;

function once(text: string, deduplicationId: string) {
  return { text, deduplicationId };
}

function underTest(): TableUnderTest {
  const run = new TableUnderTest();
  run.apply(configure('a', { deduplicationWindowMs: WINDOW_MS }));
  return run;
}

describe('Deduplication', () => {
  it('answers a repeated id with the first message, also within one publish', () => {
    const run = underTest();
    expect(run.publish('a', once('x', 'one'), 'plain', once('again', 'one'))).toEqual({
      status: 'published',
      topicId: 1,
      first: 1,
      count: 3,
      duplicates: [[2, 1]],
    });
    const second = run.publish('a', once('y', 'two'), once('more', 'one'), once('y2', 'two'));
    expect(second).toMatchObject({
      first: 4,
      duplicates: [
        [1, 1],
        [2, 4],
      ],
    });
    expect(run.texts('a')).toEqual(['x', 'plain', 'y']);
    expect(run.counts('a')).toEqual({ messages: 3, bytes: 6 + 10 + 6, delayed: 0 });
    expect(run.reopened().texts('a')).toEqual(['x', 'plain', 'y']);
  });

  it('a publish of duplicates only stores nothing, and its numbers are used', () => {
    const run = underTest();
    run.publish('a', once('x', 'one'));
    expect(run.publish('a', once('x', 'one'))).toMatchObject({ first: 2, duplicates: [[0, 1]] });
    expect(run.publish('a', 'y').first).toBe(3);
    expect(run.texts('a')).toEqual(['x', 'y']);
  });

  it('ends with the window of the publish, by log time, swept or not', () => {
    const run = underTest();
    run.publish('a', once('x', 'one'));
    run.nowMs += WINDOW_MS - 1;
    expect(run.publish('a', once('x', 'one')).duplicates).toEqual([[0, 1]]);
    run.nowMs += 1;
    expect(run.publish('a', once('x', 'one')).duplicates).toEqual([]);
    // A duplicate did not prolong it; the new one has begun its own.
    run.nowMs += WINDOW_MS - 1;
    expect(run.publish('a', once('x', 'one')).duplicates).toEqual([[0, 3]]);
    expect(run.topic('a').counts.deduplicationIds).toBe(1);
    run.pass(1);
    expect(run.topic('a').counts.deduplicationIds).toBe(0);
    expect(run.tables.counts['deduplication']).toBeUndefined();
    expect(run.tables.counts['deduplication-times']).toBeUndefined();
  });

  it('forgets by due entries, a part at a time', () => {
    const run = underTest();
    const drafts = Array.from({ length: 1_000 }, (_, at) => once('x', `id ${at}`));
    run.publish('a', ...drafts);
    expect(run.tables.counts).toMatchObject({ deduplication: 1_000, 'deduplication-times': 4 });
    run.tables.takeWrites();
    run.pass(WINDOW_MS);
    // Two records of 250 ids, and the counts.
    expect(run.tables.takeWrites()).toBe(2 * 251 + 1);
    expect(run.table.shard.due.nextMs).toBe(run.nowMs);
    run.pass(0);
    expect(run.topic('a').counts.deduplicationIds).toBe(0);
    expect(run.table.shard.due.nextMs).toBe(null);
  });

  it('survives a purge and dies with the topic', () => {
    const run = underTest();
    run.publish('a', once('x', 'one'));
    run.apply({ kind: 'purge', topic: 'a' });
    expect(run.publish('a', once('x', 'one')).duplicates).toEqual([[0, 1]]);
    run.apply({ kind: 'delete-topic', topic: 'a' });
    expect(run.publish('a', once('x', 'one')).duplicates).toEqual([]);
    run.sweepAll();
    expect(run.tables.counts['deduplication']).toBe(1);
  });

  it('a window of nothing remembers nothing', () => {
    const run = new TableUnderTest();
    run.apply(configure('a', { deduplicationWindowMs: 0 }));
    expect(run.publish('a', once('x', 'one'), once('y', 'one')).duplicates).toEqual([[1, 1]]);
    expect(run.publish('a', once('x', 'one')).duplicates).toEqual([]);
    expect(run.tables.counts['deduplication']).toBeUndefined();
  });
});
