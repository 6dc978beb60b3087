import { IdempotencyTable } from './idempotency-table.js';
import { IDEMPOTENCY_WINDOW_MS } from './limits.js';
import { MemoryTables } from './testing/memory-tables.js';

const KEY = { scope: 'anonymous POST /v1/locks/a/acquire k', fingerprint: 'body' };

describe('IdempotencyTable', () => {
  it('repeats the answer to the same body, refuses another body', () => {
    const table = new IdempotencyTable(new MemoryTables());
    expect(table.recall(KEY, 1000)).toEqual({ kind: 'unknown' });
    table.remember(KEY, { token: 1 }, 1000);
    expect(table.recall(KEY, 2000)).toEqual({ kind: 'known', result: { token: 1 } });
    expect(table.recall({ ...KEY, fingerprint: 'other' }, 2000)).toEqual({ kind: 'reused' });
  });

  it('forgets after ten minutes of log time, not a millisecond sooner', () => {
    const table = new IdempotencyTable(new MemoryTables());
    table.remember(KEY, 'answer', 1000);
    const last = 1000 + IDEMPOTENCY_WINDOW_MS - 1;
    expect(table.recall(KEY, last)).toEqual({ kind: 'known', result: 'answer' });
    expect(table.recall(KEY, last + 1)).toEqual({ kind: 'unknown' });
  });

  it('remembers through a restart, and forgets expired keys from the disk', () => {
    const tables = new MemoryTables();
    const table = new IdempotencyTable(tables);
    table.remember({ ...KEY, scope: 'b' }, 'later', 2000);
    table.remember({ ...KEY, scope: 'a' }, 'latest', 3000);
    const restarted = new IdempotencyTable(tables);
    expect(restarted.recall({ ...KEY, scope: 'a' }, 4000)).toEqual({
      kind: 'known',
      result: 'latest',
    });
    restarted.recall(KEY, 2000 + IDEMPOTENCY_WINDOW_MS);
    expect(tables.records.size).toBe(1);
  });
});
