import { Logger } from '@nestjs/common';
import { nodeOf } from './raft/driver/replica-id.js';
import type { SnapshotTrouble } from './raft/driver/snapshot/snapshot-trouble.js';

/** Milliseconds between two log lines of one kind and group: what starts again at once fails at once. */
const WARNING_INTERVAL_MS = 10_000;

/** Writes to the log which snapshots have to start again. */
export class SnapshotWarnings {
  private readonly logger = new Logger(SnapshotWarnings.name);
  private readonly warnedMs = new Map<string, number>();

  warn(group: string, { kind, peer, index, reason }: SnapshotTrouble, nowMs: number): void {
    const subject = `${kind} ${group}`;
    const lastMs = this.warnedMs.get(subject);
    if (lastMs !== undefined && nowMs < lastMs + WARNING_INTERVAL_MS) return;
    this.warnedMs.set(subject, nowMs);
    const node = nodeOf(peer);
    const text =
      kind === 'expired'
        ? `the snapshot of ${group} for ${node} took too long to be sent, and starts again`
        : `a part of the snapshot of ${group} from ${node} cannot be read; it is dropped as a whole`;
    this.logger.warn(text, { group, node, index, reason });
  }
}
