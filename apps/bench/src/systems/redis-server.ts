import { connect } from 'node:net';
import { LOOK_TIMEOUT_MS } from '../limits.js';
import type { ExitDuties } from '../processes/exit-duties.js';
import { freePorts } from '../processes/free-ports.js';
import { ServerProcess } from '../processes/server-process.js';
import { createDataFolder } from './data-folder.js';
import { endServers, startServers, untilServersReady } from './start-servers.js';
import type { SystemPlan, SystemUnderTest } from './system-under-test.js';

/** One Redis server with Redis' own defaults: no replica, no append-only file. */
export function redisPlan(program: string, moduleFile: string, duties: ExitDuties): SystemPlan {
  return {
    id: 'redis-1',
    label: 'Redis, 1 node',
    kind: 'redis',
    start: async () => await startRedis(program, moduleFile, duties),
  };
}

async function startRedis(
  program: string,
  moduleFile: string,
  duties: ExitDuties,
): Promise<SystemUnderTest> {
  const folder = createDataFolder(duties);
  const [port = 0] = await freePorts(1);
  const args = ['--port', String(port), '--bind', '127.0.0.1', '--dir', folder.path];
  const environment = { PATH: process.env['PATH'] ?? '' };
  const servers = [new ServerProcess({ name: 'redis', program, args, environment }, duties)];
  return await startServers({
    target: { kind: 'peer', moduleFile, endpoints: [`127.0.0.1:${port}`] },
    servers,
    untilReady: async () => {
      await untilServersReady(servers, async () => await pongs(port));
    },
    leader: async () => await Promise.resolve(null),
    close: async () => {
      await endServers(servers, folder);
    },
  });
}

async function pongs(port: number): Promise<boolean> {
  return await new Promise((done) => {
    const socket = connect({ host: '127.0.0.1', port, timeout: LOOK_TIMEOUT_MS });
    const end = (answer: boolean): void => {
      socket.destroy();
      done(answer);
    };
    socket.on('connect', () => socket.write('PING\r\n'));
    socket.on('data', (data) => {
      end(data.toString().startsWith('+PONG'));
    });
    for (const event of ['error', 'timeout', 'close']) {
      socket.on(event, () => {
        end(false);
      });
    }
  });
}
