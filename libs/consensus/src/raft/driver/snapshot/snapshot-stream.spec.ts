import { logIndex, term } from '../../core/identifiers.js';
import {
  SNAPSHOT_RESEND_TICKS,
  SNAPSHOT_SILENT_TICKS_MAX,
  SNAPSHOT_WINDOW_PARTS,
} from '../limits.js';
import { SnapshotStream, type SnapshotPart } from './snapshot-stream.js';

const POINT = { index: logIndex(9), term: term(2), timeMs: 5 };

function stream(partCount: number): SnapshotStream {
  let read = 0;
  const source = {
    index: 9,
    term: 2,
    next: () => (read === partCount ? null : new Uint8Array([(read += 1)])),
    close: () => {},
  };
  return new SnapshotStream(source, POINT, 3);
}

/** Sequences of the parts that go out now. */
function sent(open: SnapshotStream): readonly number[] {
  const parts: number[] = [];
  for (let part = open.nextPart(); part !== null; part = open.nextPart()) parts.push(part.sequence);
  return parts;
}

function resent(open: SnapshotStream): readonly number[] {
  const again: SnapshotPart[] = [];
  for (let tick = 0; tick < SNAPSHOT_RESEND_TICKS; tick += 1) again.push(...(open.tick() ?? []));
  return again.map(({ sequence }) => sequence);
}

describe('SnapshotStream', () => {
  it('sends a window, and more as answers come', () => {
    const open = stream(7);
    expect(SNAPSHOT_WINDOW_PARTS).toBe(4);
    expect(sent(open)).toEqual([0, 1, 2, 3]);
    expect(open.answered({ kind: 'wants', sequence: 2 })).toBe(true);
    expect(sent(open)).toEqual([4, 5]);
    expect(open.answered({ kind: 'wants', sequence: 6 })).toBe(true);
    expect(sent(open)).toEqual([6]);
  });

  it('says which part is the last, also of a state without records', () => {
    const [one, none] = [stream(1), stream(0)];
    expect(one.nextPart()).toEqual({
      point: POINT,
      stream: 3,
      sequence: 0,
      data: new Uint8Array([1]),
      done: true,
    });
    expect(one.nextPart()).toBeNull();
    expect(none.nextPart()).toMatchObject({ sequence: 0, data: new Uint8Array(0), done: true });
  });

  it('sends its window again after silence, and gives up in the end', () => {
    const open = stream(7);
    sent(open);
    open.answered({ kind: 'wants', sequence: 1 });
    expect(resent(open)).toEqual([1, 2, 3]);
    expect(resent(open)).toEqual([1, 2, 3]);
    for (let tick = 2 * SNAPSHOT_RESEND_TICKS; tick < SNAPSHOT_SILENT_TICKS_MAX; tick += 1) {
      expect(open.tick()).not.toBeNull();
    }
    expect(open.tick()).toBeNull();
  });

  // Breaks otherwise: the answer that the snapshot is there is lost, and nobody asks again.
  it('goes on to ask with the last part while the follower installs', () => {
    const open = stream(2);
    sent(open);
    open.answered({ kind: 'wants', sequence: 2 });
    expect(resent(open)).toEqual([1]);
  });

  it('takes late and impossible answers for what they are', () => {
    const open = stream(7);
    sent(open);
    open.answered({ kind: 'wants', sequence: 3 });
    for (const sequence of [1, 2, 3, 99]) {
      expect(open.answered({ kind: 'wants', sequence })).toBe(true);
    }
    expect(sent(open)).toEqual([4, 5, 6]);
  });

  it('is of no use to a follower that has lost what cannot be read again', () => {
    const open = stream(7);
    sent(open);
    expect(open.answered({ kind: 'wants', sequence: 0 })).toBe(true);
    open.answered({ kind: 'wants', sequence: 1 });
    expect(open.answered({ kind: 'wants', sequence: 0 })).toBe(false);
  });
});
