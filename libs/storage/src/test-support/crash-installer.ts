import { readFileSync } from 'node:fs';
import { DataDirectory } from '../directory/data-directory.js';
import { finished, swept, writeAll } from './snapshots.js';

/**
 * A child process for the crash test of installs: installs the snapshot of group `g` and kills itself
 * while or after it commits.
 *
 * `argv`: the folder, the file of the parts (base64, one in each line), the point as JSON, the number
 * of the commit that is the last, and the microseconds that it is given; without them, when it is
 * on the disk.
 */
const [, , path = '', partsFile = '', point = '', lastCommit = '', delayUs] = process.argv;

function die(): void {
  process.kill(process.pid, 'SIGKILL');
}

function waitBusily(us: number): void {
  const end = performance.now() + us / 1_000;
  while (performance.now() < end);
}

interface Committing {
  commit(changes: readonly unknown[]): Promise<void>;
}

function killAtCommit(environment: Committing): void {
  const commit = environment.commit.bind(environment);
  let left = Number(lastCommit);
  environment.commit = async (changes) => {
    const committed = commit(changes);
    if (--left > 0) return committed;
    if (delayUs === undefined) {
      await committed;
    } else {
      // The transaction begins when the turn ends.
      await new Promise(setImmediate);
      waitBusily(Number(delayUs));
    }
    die();
  };
}

async function run(directory: DataDirectory): Promise<void> {
  const { state } = directory;
  killAtCommit((state as unknown as { disk: { environment: Committing } }).disk.environment);
  const parts = readFileSync(partsFile, 'utf8').split('\n');
  const sink = state.beginInstall('g', JSON.parse(point));
  await writeAll(
    sink,
    parts.map((part) => Buffer.from(part, 'base64')),
  );
  await finished(sink);
  await swept(directory);
  await directory.close();
}

void run(DataDirectory.open(path, { nodeId: 'node1' }));
