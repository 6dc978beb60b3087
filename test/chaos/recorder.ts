import { createWriteStream, type WriteStream } from 'node:fs';
import { once } from 'node:events';
import { join } from 'node:path';
import { formatRecord, type LockRecord } from '../linearizability/lock-history.js';
import type { Call } from './clients/calls/call.js';
import { lockRecordOf } from './clients/locks/lock-record-of.js';

/** Keeps every call of a run, in memory and in files. */
export class Recorder {
  readonly calls: Call[] = [];
  readonly records: LockRecord[] = [];
  private readonly callsFile: WriteStream;
  private readonly historyFile: WriteStream;

  constructor(folder: string) {
    this.callsFile = createWriteStream(join(folder, 'calls.jsonl'));
    this.historyFile = createWriteStream(join(folder, 'history.jsonl'));
  }

  record(call: Call): void {
    this.callsFile.write(`${JSON.stringify(call)}\n`);
    // Answers to lists and graphs are long, and only their status is looked at.
    this.calls.push(lockRecordOf(call) === null ? withoutBodies(call) : call);
    const record = lockRecordOf(call);
    if (record === null) return;
    this.historyFile.write(`${formatRecord(record)}\n`);
    this.records.push(record);
  }

  async close(): Promise<void> {
    for (const file of [this.callsFile, this.historyFile]) {
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
    tries,
    outcome: outcome.kind === 'answered' ? { ...outcome, body: null } : outcome,
  };
}
