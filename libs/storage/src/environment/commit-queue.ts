import { invariant } from '@sinkron/invariant';
import { StorageError, StorageOverloadedError, StorageWriteError } from '../errors.js';
import { LOG_COMMIT_BYTES_MAX, LOG_PENDING_BYTES_MAX } from '../limits.js';
import type { Change } from './environment.js';

/** What a queue writes to. */
export interface CommitTarget {
  readonly path: string;
  /** All of the changes or none; resolves when they are on the disk. One call at a time. */
  commit(changes: readonly Change[]): Promise<void>;
}

/** One unit of work: its changes are on the disk all or none. */
export interface Write {
  /** About what it writes, bytes. */
  readonly bytes: number;
  readonly changes: readonly Change[];
}

interface PendingWrite extends Write {
  resolve(): void;
  reject(error: StorageError): void;
}

/**
 * Group commit: what arrives while one commit is on its way to the disk goes into the next.
 *
 * Writes become durable in the order of `submit`. After a failed commit every write, waiting or
 * new, is rejected with the same error.
 */
export class CommitQueue {
  private pending: PendingWrite[] = [];
  /** Accepted and not yet flushed, bytes. */
  private pendingBytes = 0;
  private running = false;
  private failure: StorageError | undefined;
  private closing = false;
  private last: Promise<void> = Promise.resolve();

  constructor(private readonly target: CommitTarget) {}

  /** @throws StorageOverloadedError, or the error of the commit that failed before, or of the end. */
  check(bytes: number): void {
    const { refusal } = this;
    if (refusal) throw refusal;
    if (this.pendingBytes + bytes > LOG_PENDING_BYTES_MAX && this.pendingBytes > 0) {
      throw new StorageOverloadedError(this.pendingBytes);
    }
  }

  /** Resolves when the write is on the disk. */
  submit(write: Write): Promise<void> {
    const { refusal } = this;
    if (refusal) return Promise.reject(refusal);
    this.pendingBytes += write.bytes;
    const done = new Promise<void>((resolve, reject) => {
      this.pending.push({ ...write, resolve, reject });
    });
    this.last = done;
    // A microtask later, so that what one turn submits shares a commit.
    if (!this.running) {
      this.running = true;
      queueMicrotask(() => void this.run());
    }
    return done;
  }

  /** Resolves when everything submitted so far is on the disk. */
  settled(): Promise<void> {
    return this.failure ? Promise.reject(this.failure) : this.last;
  }

  /** Refuses more from now on, and writes what waits: afterwards no commit is under way. */
  async close(): Promise<void> {
    this.closing = true;
    // A failed write has been told to its caller.
    await this.last.catch(() => undefined);
    invariant(!this.running, 'CommitQueue: nothing runs behind the last write', {
      path: this.target.path,
    });
  }

  private get refusal(): StorageError | undefined {
    if (this.failure || !this.closing) return this.failure;
    return new StorageWriteError(this.target.path, new Error('the store is closed'));
  }

  private async run(): Promise<void> {
    while (this.pending.length > 0) {
      const batch = this.takeBatch();
      try {
        await this.target.commit(batch.flatMap((write) => write.changes));
      } catch (error) {
        this.fail(batch, error);
        break;
      }
      for (const write of batch) {
        this.pendingBytes -= write.bytes;
        write.resolve();
      }
    }
    this.running = false;
  }

  private takeBatch(): PendingWrite[] {
    let count = 0;
    let bytes = 0;
    for (const write of this.pending) {
      if (count > 0 && bytes + write.bytes > LOG_COMMIT_BYTES_MAX) break;
      bytes += write.bytes;
      count++;
    }
    return this.pending.splice(0, count);
  }

  private fail(batch: readonly PendingWrite[], error: unknown): void {
    this.failure =
      error instanceof StorageError ? error : new StorageWriteError(this.target.path, error);
    const rejected = [...batch, ...this.pending];
    this.pending = [];
    this.pendingBytes = 0;
    for (const write of rejected) write.reject(this.failure);
  }
}
