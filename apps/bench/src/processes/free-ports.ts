import { createServer } from 'node:net';
import { PORT_MAX, PORT_MIN } from '../limits.js';

let next = PORT_MIN + ((process.pid * 37) % (PORT_MAX - PORT_MIN));

/** Ports of 127.0.0.1 that nobody listens on now; each is given once. */
export async function freePorts(count: number): Promise<readonly number[]> {
  const ports: number[] = [];
  for (let tried = 0; ports.length < count; tried += 1) {
    if (tried > PORT_MAX - PORT_MIN) throw new Error(`no ${count} free ports`);
    const port = next;
    next = next >= PORT_MAX ? PORT_MIN : next + 1;
    if (await isFree(port)) ports.push(port);
  }
  return ports;
}

async function isFree(port: number): Promise<boolean> {
  return await new Promise((done) => {
    const server = createServer();
    server.once('error', () => {
      done(false);
    });
    server.listen({ host: '127.0.0.1', port, exclusive: true }, () => {
      server.close(() => {
        done(true);
      });
    });
  });
}
