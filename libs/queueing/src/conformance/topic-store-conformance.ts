import { deduplication } from './rows/deduplication.js';
import { deleting } from './rows/deleting.js';
import { failures } from './rows/failures.js';
import { groups } from './rows/groups.js';
import { limits } from './rows/limits.js';
import { order } from './rows/order.js';
import { publishing } from './rows/publishing.js';
import { receipts } from './rows/receipts.js';
import { redriving } from './rows/redriving.js';
import { retention } from './rows/retention.js';
import { runRow, type Row } from './row.js';
import { seeking } from './rows/seeking.js';
import { time } from './rows/time.js';
import type { MakeStore } from './store-under-test.js';

const ROWS: readonly (readonly [name: string, row: Row])[] = [
  ['publishing', publishing],
  ['groups', groups],
  ['order', order],
  ['receipts', receipts],
  ['failures', failures],
  ['redriving', redriving],
  ['time', time],
  ['deduplication', deduplication],
  ['limits', limits],
  ['retention', retention],
  ['seeking', seeking],
  ['deleting', deleting],
];

/** What every store of topics promises, whoever keeps them. */
export function topicStoreConformance(name: string, makeStore: MakeStore): void {
  describe(`${name}, as a store of topics`, () => {
    for (const [part, row] of ROWS) runRow(part, makeStore, row);
  });
}
