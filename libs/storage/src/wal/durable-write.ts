import { constants, fdatasync, openSync, write } from 'node:fs';

/**
 * Writes all bytes at a place in a file, and resolves when the disk has them.
 *
 * A function, so that tests can interrupt it.
 */
export type DurableWrite = (descriptor: number, bytes: Buffer, position: number) => Promise<void>;

/** On Linux a write through `O_DSYNC` returns when it is flushed: one turn of libuv's pool instead of
 *  two, 0.23 instead of 0.31 ms for 6 KB. Elsewhere the flag promises less than `fdatasync`. */
const BY_FLAG = process.platform === 'linux';

export function openDurable(path: string): number {
  return openSync(path, BY_FLAG ? constants.O_RDWR | constants.O_DSYNC : constants.O_RDWR);
}

export const durableWrite: DurableWrite = (descriptor, bytes, position) =>
  new Promise((resolve, reject) => {
    const done = (error: Error | null): void => (error ? reject(error) : resolve());
    const writeFrom = (from: number): void => {
      write(descriptor, bytes, from, bytes.length - from, position + from, (error, count) => {
        if (error) reject(error);
        else if (from + count < bytes.length) writeFrom(from + count);
        else if (BY_FLAG) resolve();
        else fdatasync(descriptor, done);
      });
    };
    writeFrom(0);
  });
