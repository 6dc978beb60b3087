import { BATCH_BYTES_MAX } from '../limits.js';
import { TurnBatch } from './turn-batch.js';

const turnEnd = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('TurnBatch', () => {
  const flushed: string[][] = [];
  const batch = new TurnBatch<string>('turn', (items) => flushed.push(items));
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

  it('hands over the items of one callback together, when what it has settled is done', async () => {
    const early = new TurnBatch<string>('callback', (items) => flushed.push(items));
    const turnsAtFlush: string[][][] = [];
    await new Promise<void>((resolve) => {
      setImmediate(() => {
        early.push('a', 10);
        queueMicrotask(() => early.push('b', 20));
        void Promise.resolve().then(() => early.push('c', 20));
      });
      setImmediate(() => {
        turnsAtFlush.push([...flushed]);
        queueMicrotask(() => {
          early.push('d', 1);
          queueMicrotask(() => early.push('e', 1));
        });
        setImmediate(resolve);
      });
    });
    expect(turnsAtFlush).toEqual([[['a'], ['b', 'c']]]);
    expect(flushed).toEqual([['a'], ['b', 'c'], ['d', 'e']]);
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
