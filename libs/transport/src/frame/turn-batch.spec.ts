import { BATCH_BYTES_MAX } from '../limits.js';
import { TurnBatch } from './turn-batch.js';

const turnEnd = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('TurnBatch', () => {
  const flushed: string[][] = [];
  const batch = new TurnBatch<string>((items) => flushed.push(items));
  beforeEach(() => flushed.splice(0));

  it('hands over the items of one turn together, at its end', async () => {
    batch.push('a', 10);
    queueMicrotask(() => batch.push('b', 20));
    await Promise.resolve();
    expect(batch.bytes).toBe(30);
    expect(flushed).toEqual([]);
    await turnEnd();
    expect(flushed).toEqual([['a', 'b']]);
    expect(batch.bytes).toBe(0);
    batch.push('c', 1);
    await turnEnd();
    expect(flushed).toEqual([['a', 'b'], ['c']]);
  });

  it('parts them so that no part but a single item is above the limit', async () => {
    batch.push('a', BATCH_BYTES_MAX / 2);
    batch.push('b', BATCH_BYTES_MAX / 2);
    batch.push('c', 1);
    batch.push('huge', BATCH_BYTES_MAX * 3);
    batch.push('d', 1);
    batch.push('e', 1);
    await turnEnd();
    expect(flushed).toEqual([['a', 'b'], ['c'], ['huge'], ['d', 'e']]);
  });
});
