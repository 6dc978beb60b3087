import { readFile, readdir, readlink } from 'node:fs/promises';

const LISTENING = '0A';

/**
 * The pid of the process that listens on a TCP port of this machine; null when /proc does not
 * tell (another system, or another user's process).
 */
export async function portOwner(port: number): Promise<number | null> {
  const inodes = new Set([
    ...listeningInodes(await readOrEmpty('/proc/net/tcp'), port),
    ...listeningInodes(await readOrEmpty('/proc/net/tcp6'), port),
  ]);
  if (inodes.size === 0) return null;
  const pids = (await listOrEmpty('/proc')).filter((name) => /^\d+$/.test(name));
  for (const pid of pids) {
    for (const descriptor of await listOrEmpty(`/proc/${pid}/fd`)) {
      const target = await readlink(`/proc/${pid}/fd/${descriptor}`).catch(() => '');
      const inode = /^socket:\[(\d+)\]$/.exec(target)?.[1];
      if (inode !== undefined && inodes.has(inode)) return Number(pid);
    }
  }
  return null;
}

/** The inodes of the sockets that listen on `port`, from the text of /proc/net/tcp or tcp6. */
export function listeningInodes(table: string, port: number): readonly string[] {
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  return table
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter((fields) => fields[3] === LISTENING && (fields[1] ?? '').endsWith(suffix))
    .flatMap((fields) => fields[9] ?? []);
}

async function readOrEmpty(path: string): Promise<string> {
  return await readFile(path, 'utf8').catch(() => '');
}

async function listOrEmpty(path: string): Promise<readonly string[]> {
  return await readdir(path).catch(() => []);
}
