import { MalformedError } from '../../../codec/tuple.js';
import { snapshotRequest } from '../../testing/messages.js';
import { SNAPSHOT_WINDOW_PARTS } from '../limits.js';
import { SnapshotReception } from './snapshot-reception.js';

class Bench {
  readonly told: string[] = [];
  private readonly waiting: (() => void)[] = [];
  readonly reception: SnapshotReception;

  constructor() {
    const sink = {
      write: (part: Uint8Array, written: () => void) => {
        this.told.push(`stage ${new TextDecoder().decode(part)}`);
        this.waiting.push(written);
      },
      finish: (done: () => void) => void this.waiting.push(done),
      abort: () => void this.told.push('abort'),
    };
    const first = snapshotRequest({ point: [9, 1] });
    this.reception = new SnapshotReception(first, sink, () => void this.told.push('wake'));
  }

  add(sequence: number, done = false): void {
    const data = `${sequence}`;
    this.reception.add(snapshotRequest({ point: [9, 1], sequence, data, done }));
  }

  disk(): void {
    this.waiting.shift()?.();
  }
}

describe('SnapshotReception', () => {
  it('stages parts in order, one at a time, and counts what is staged', () => {
    const bench = new Bench();
    const { reception, told } = bench;
    bench.add(1);
    reception.stage();
    expect([told, reception.takeAnswer()]).toEqual([[], null]);
    bench.add(0);
    reception.stage();
    reception.stage();
    expect([told, reception.takeAnswer()]).toEqual([['stage 0'], null]);
    bench.disk();
    expect([reception.takeAnswer(), reception.takeAnswer()]).toEqual([1, null]);
    reception.stage();
    bench.disk();
    expect(told).toEqual(['stage 0', 'wake', 'stage 1', 'wake']);
    expect([reception.takeAnswer(), reception.state]).toEqual([2, 'staging']);
  });

  it('holds no more than a window, and answers what comes twice', () => {
    const bench = new Bench();
    bench.add(SNAPSHOT_WINDOW_PARTS);
    for (let sequence = 0; sequence < SNAPSHOT_WINDOW_PARTS; sequence += 1) {
      bench.add(sequence);
      bench.reception.stage();
      bench.disk();
    }
    expect(bench.reception.stage()).toBe(false);
    bench.reception.takeAnswer();
    bench.add(1);
    expect(bench.reception.takeAnswer()).toBe(SNAPSHOT_WINDOW_PARTS);
  });

  it('is staged with the last part, and replaced when the disk says so', () => {
    const bench = new Bench();
    const { reception, told } = bench;
    bench.add(0, true);
    reception.stage();
    bench.disk();
    expect(reception.state).toBe('staged');
    reception.replace(() => void told.push('replaced'));
    expect(reception.state).toBe('replacing');
    // The leader asks by the last part: it is told that all is staged.
    bench.add(0, true);
    expect(reception.takeAnswer()).toBe(1);
    bench.disk();
    expect([reception.state, told]).toEqual(['replaced', ['stage 0', 'wake', 'replaced', 'wake']]);
  });

  it('an empty part can only be the last one', () => {
    const bench = new Bench();
    bench.reception.add(snapshotRequest({ point: [9, 1], data: '' }));
    expect(() => bench.reception.stage()).toThrow(MalformedError);
    const empty = new Bench();
    empty.reception.add(snapshotRequest({ point: [9, 1], data: '', done: true }));
    expect([empty.reception.stage(), empty.reception.state, empty.told]).toEqual([
      true,
      'staged',
      [],
    ]);
  });
});
