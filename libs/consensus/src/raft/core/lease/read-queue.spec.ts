import { logIndex } from '../identifiers.js';
import { ReadQueue, readId } from './read-queue.js';

const read = (id: number, index: number) => ({ id: readId(id), readIndex: logIndex(index) });

describe('ReadQueue', () => {
  it('gives out the reads whose round is confirmed, oldest first, each once', () => {
    const queue = new ReadQueue();
    queue.add(read(1, 5), 2);
    queue.add(read(2, 5), 2);
    queue.add(read(3, 6), 3);
    queue.add(read(4, 7), 5);
    expect(queue.takeConfirmed(1)).toEqual([]);
    expect(queue.takeConfirmed(2)).toEqual([read(1, 5), read(2, 5)]);
    expect(queue.takeConfirmed(2)).toEqual([]);
    expect(queue.takeConfirmed(4)).toEqual([read(3, 6)]);
    expect(queue.size).toBe(1);
  });

  it('gives all out to a leader that steps down', () => {
    const queue = new ReadQueue();
    queue.add(read(1, 5), 2);
    queue.add(read(2, 6), 3);
    expect(queue.takeAll()).toEqual([read(1, 5), read(2, 6)]);
    expect([queue.size, queue.takeAll()]).toEqual([0, []]);
  });

  it('rounds grow', () => {
    const queue = new ReadQueue();
    queue.add(read(1, 5), 3);
    expect(() => queue.add(read(2, 5), 2)).toThrow('ReadQueue: rounds grow');
  });
});
