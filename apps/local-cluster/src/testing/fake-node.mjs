// Stands in for the server in the launcher's tests: the same environment, log lines, exits and
// the few answers that the launcher asks for. FAKE_FAULT=<fault>:<node id> makes one node
// misbehave: refuse (exits with 78), unready, deaf (ignores SIGTERM). GET /crash ends a node.
import { createServer } from 'node:http';

const { NODE_ID, HTTP_PORT, FAKE_FAULT = '', FAKE_TERM = '1' } = process.env;
const [fault, faultyNode] = FAKE_FAULT.split(':');
const is = (name) => fault === name && faultyNode === NODE_ID;

function log(level, msg, more = {}) {
  process.stdout.write(
    `${JSON.stringify({ level, time: Date.now(), pid: process.pid, nodeId: NODE_ID, msg, ...more })}\n`,
  );
}

if (is('refuse')) {
  process.stderr.write('SHARDS is "many", but must be an integer: set SHARDS=8.\n');
  process.exit(78);
}

const server = createServer((request, response) => {
  const leader = { group: 'coordination', nodeId: 'node1', term: Number(FAKE_TERM) };
  const ready = request.url === '/health/ready';
  response.writeHead(ready && is('unready') ? 503 : 200, { 'content-type': 'application/json' });
  response.end(JSON.stringify(ready ? {} : leader));
  if (request.url === '/crash') process.exit(3);
});
server.listen(Number(HTTP_PORT), '127.0.0.1', () =>
  log(30, 'serving', { port: Number(HTTP_PORT) }),
);

function stop(reason) {
  log(30, `stopping: ${reason}`);
  process.exit(0);
}
process.on('SIGTERM', () => {
  if (!is('deaf')) stop('SIGTERM');
});
if (process.env.EXIT_WITH_PARENT === 'true') {
  process.stdin.on('end', () => stop('the launcher is gone')).resume();
}
