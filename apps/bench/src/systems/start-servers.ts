import { READY_DEADLINE_MS } from '../limits.js';
import { eventually } from '../processes/eventually.js';
import type { ServerProcess } from '../processes/server-process.js';
import type { DataFolder } from './data-folder.js';
import type { SystemUnderTest } from './system-under-test.js';

/** Starts the servers and waits for them; ends what it started when that fails. */
export async function startServers(system: SystemUnderTest): Promise<SystemUnderTest> {
  try {
    for (const server of system.servers) server.start();
    await system.untilReady();
    return system;
  } catch (error) {
    await system.close();
    throw error;
  }
}

/** Waits until `ready` holds for each server; throws what the server wrote when it ends first. */
export async function untilServersReady(
  servers: readonly ServerProcess[],
  ready: (index: number) => Promise<boolean>,
): Promise<void> {
  await Promise.all(
    servers.map(async (server, index) => {
      await eventually(`${server.name} is ready`, READY_DEADLINE_MS, async () => {
        if (await ready(index)) return true;
        if (server.pid === undefined) throw new Error(`${server.name} ended:\n${server.output}`);
        return undefined;
      });
    }),
  );
}

export async function endServers(
  servers: readonly ServerProcess[],
  folder: DataFolder,
): Promise<void> {
  await Promise.all(servers.map(async (server) => await server.kill()));
  folder.remove();
}
