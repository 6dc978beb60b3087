import { logIndex, term } from '../../core/identifiers.js';
import type { LogKeeping } from '../limits.js';
import { LogRetention } from './log-retention.js';

const KEEPING: LogKeeping = { entries: 100, bytes: 1000, stepEntries: 10, stepBytes: 200 };
/** What an entry costs besides its data. */
const HEADER_BYTES = 32;

function apply(retention: LogRetention, from: number, to: number, bytes = HEADER_BYTES): void {
  // So small that only their number counts, unless told otherwise.
  const data = new Uint8Array(bytes - HEADER_BYTES);
  for (let index = from; index <= to; index += 1) {
    const entry = { index: logIndex(index), term: term(1), timeMs: 0, data };
    retention.applied({ ...entry, kind: 'commands' });
  }
}

describe('LogRetention', () => {
  it('lets the oldest entries go when enough are behind them, a step at a time', () => {
    const retention = new LogRetention({ ...KEEPING, bytes: 1e9, stepBytes: 1e9 }, 0, 0);
    apply(retention, 1, 109);
    expect(retention.next(109)).toBeNull();
    apply(retention, 110, 110);
    expect(retention.next(110)).toBe(10);
    retention.compacted(10);
    expect(retention.next(110)).toBeNull();
    apply(retention, 111, 120);
    expect(retention.next(120)).toBe(20);
  });

  it('never lets go what the state has not flushed', () => {
    const retention = new LogRetention({ ...KEEPING, bytes: 1e9, stepBytes: 1e9 }, 0, 0);
    apply(retention, 1, 200);
    expect(retention.next(9)).toBeNull();
    expect(retention.next(10)).toBe(10);
  });

  it('large entries go sooner', () => {
    const retention = new LogRetention(KEEPING, 0, 0);
    apply(retention, 1, 5, 200);
    expect(retention.next(5)).toBeNull();
    apply(retention, 6, 6, 200);
    expect(retention.next(6)).toBe(1);
    retention.compacted(1);
    expect(retention.next(6)).toBeNull();
  });

  it('goes on with what it finds at a start, and after a snapshot', () => {
    const retention = new LogRetention(KEEPING, 500, 610);
    expect(retention.next(610)).toBe(510);
    retention.restart(2000);
    expect(retention.next(2000)).toBeNull();
    apply(retention, 2001, 2110, HEADER_BYTES);
    expect(retention.next(2110)).toBe(2007);
  });
});
