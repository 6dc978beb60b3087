import { createWriteStream, type WriteStream } from 'node:fs';
import { once } from 'node:events';
import { join } from 'node:path';
import { formatRecord, type LockRecord } from '../linearizability/lock-history.js';
import type { QueueOperation } from '../queues/queue-operation.js';
import { isQueueCall, type Call } from './clients/calls/call.js';
import { lockRecordOf } from './clients/locks/lock-record-of.js';
import { queueRecordOf } from './clients/queues/calls/queue-record-of.js';

/** Keeps every call of a run, in memory and in files. */
export class Recorder {
  readonly calls: Call[] = [];
  /** Of locks and sessions. */
  readonly records: LockRecord[] = [];
  /** Of queues. */
  readonly operations: QueueOperation[] = [];
  private readonly callsFile: WriteStream;
  private readonly historyFile: WriteStream;
  private readonly queuesFile: WriteStream;

  constructor(folder: string) {
    this.callsFile = createWriteStream(join(folder, 'calls.jsonl'));
    this.historyFile = createWriteStream(join(folder, 'history.jsonl'));
    this.queuesFile = createWriteStream(join(folder, 'queues.jsonl'));
  }

  record(call: Call): void {
    this.callsFile.write(`${JSON.stringify(call)}\n`);
    const record = lockRecordOf(call);
    // Answers to lists and graphs are long, and of queues all that matters is in the operation.
    this.calls.push(record === null ? withoutBodies(call) : call);
    if (record !== null) {
      this.historyFile.write(`${formatRecord(record)}\n`);
      this.records.push(record);
    }
    const operation = queueRecordOf(call);
    if (operation !== null) this.recordOperation(operation);
  }

  /** What is no call of its own: a message of a stream. */
  recordOperation(operation: QueueOperation): void {
    this.queuesFile.write(`${JSON.stringify(operation)}\n`);
    this.operations.push(operation);
  }

  async close(): Promise<void> {
    for (const file of [this.callsFile, this.historyFile, this.queuesFile]) {
      file.end();
      await once(file, 'close');
    }
  }
}

function withoutBodies(call: Call): Call {
  const tries = call.tries.map((attempt) =>
    attempt.result.kind === 'answered' && attempt.result.status < 300
      ? { ...attempt, result: { ...attempt.result, body: null } }
      : attempt,
  );
  const { outcome } = call;
  return {
    ...call,
    request: isQueueCall(call) ? { ...call.request, body: {} } : call.request,
    tries,
    outcome: outcome.kind === 'answered' ? { ...outcome, body: null } : outcome,
  };
}
