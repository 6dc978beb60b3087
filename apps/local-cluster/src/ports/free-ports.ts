import { createServer } from 'node:net';
import { Refusal } from '../refusal.js';
import { portOwner } from './port-owner.js';

/**
 * Refuses the first of `ports` (of 127.0.0.1) that somebody listens on.
 *
 * @param otherBasePort what the refusal offers as --base-port.
 * @throws Refusal
 */
export async function requireFreePorts(
  ports: readonly number[],
  otherBasePort: number,
): Promise<void> {
  for (const port of ports) {
    const problem = await listenOnce(port);
    if (problem === null) continue;
    const pid = problem === 'EADDRINUSE' ? await portOwner(port) : null;
    const what =
      problem === 'EADDRINUSE'
        ? `in use${pid === null ? '' : ` by pid ${pid}`}: stop that program`
        : `not usable (${problem}): make it so`;
    throw new Refusal(
      `Port ${port} is ${what}, or start on other ports with --base-port ${otherBasePort}.`,
    );
  }
}

/** Listens on the port for a moment; null when that went well, else the system's error code. */
async function listenOnce(port: number): Promise<string | null> {
  return await new Promise((done) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => {
      done(error.code ?? error.message);
    });
    server.listen({ host: '127.0.0.1', port, exclusive: true }, () => {
      server.close(() => {
        done(null);
      });
    });
  });
}
