import { constants, fdatasync, openSync, write } from 'node:fs';

/** How files are written so that the disk has it. An object, so that tests can interrupt it. */
export interface DurableFiles {
  /** @returns a descriptor of an existing file, to read and write it. */
  open(path: string): number;
  /** Writes all bytes at a place, and resolves when they are on the disk. */
  write(descriptor: number, bytes: Buffer, position: number): Promise<void>;
}

/** On Linux a write through `O_DSYNC` returns when it is flushed: one turn of libuv's pool instead of
 *  two, 0.23 instead of 0.31 ms for 6 KB. Elsewhere the flag promises less than `fdatasync`. */
const BY_FLAG = process.platform === 'linux';

export const durableFiles: DurableFiles = {
  open: (path) => openSync(path, BY_FLAG ? constants.O_RDWR | constants.O_DSYNC : constants.O_RDWR),

  write: (descriptor, bytes, position) =>
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
    }),
};
