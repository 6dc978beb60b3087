import { writeSync } from 'node:fs';
import { DataDirectory } from '../directory/data-directory.js';
import { logEntries } from './log-entries.js';

/**
 * A child process for the crash test: writes and applies until it is killed, and says on its
 * standard output what it was promised. `argv[2]` is the folder.
 */
const GROUP = 'g';
const OVERLAPPING_WRITES = 3;
/** Some fifty commits, so that files are turned and erased all the time. */
const WAL_FILE_BYTES = 32 * 1024;

function say(line: string): void {
  writeSync(1, `${line}\n`);
}

async function run(directory: DataDirectory): Promise<void> {
  const { log, state } = directory;
  const group = state.group(GROUP);
  let next = log.lastIndex(GROUP) + 1;
  for (;;) {
    const writes = Array.from({ length: OVERLAPPING_WRITES }, () => {
      const last = next + (next % 7);
      const entries = logEntries(next, last);
      next = last + 1;
      return log
        .write([{ group: GROUP, hardState: { term: last, votedFor: 'node1' }, entries }])
        .then(() => say(`logged ${last}`));
    });
    await Promise.all(writes);
    for (let index = group.appliedIndex + 1; index < next; index++) {
      // Every entry changes two records, and the second again: a crash must show all or nothing.
      group.put('t', 'first', Buffer.from(String(index)));
      group.put('t', `at ${index % 50}`, Buffer.from(String(index)));
      group.put('t', 'last', Buffer.from(String(index)));
      group.markApplied(index, 1);
    }
    say(`flushed ${group.flushedIndex}`);
    const through = group.flushedIndex - 20;
    if (through > log.baseIndex(GROUP)) {
      await log.write([
        { group: GROUP, entries: [], compactThrough: { index: through, term: 1, timeMs: 9.5 } },
      ]);
    }
  }
}

void run(
  DataDirectory.open(process.argv[2] ?? '', { nodeId: 'node1' }, { walFileBytes: WAL_FILE_BYTES }),
);
