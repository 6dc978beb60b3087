import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Launcher } from './launcher.js';

// Both apps are built into dist, each with the libs that it uses.
const serverFile = fileURLToPath(
  new URL('../../../../node/apps/node/src/main.js', import.meta.url),
);

async function main(): Promise<number> {
  if (!existsSync(serverFile)) {
    process.stderr.write(`The server is not built (${serverFile} is missing): npm run build.\n`);
    return 1;
  }
  const launcher = new Launcher({
    argv: process.argv.slice(2),
    environment: process.env,
    workingDirectory: process.cwd(),
    serverFile,
    streams: { input: process.stdin, output: process.stdout },
    onError: (text) => {
      process.stderr.write(`${text}\n`);
    },
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      launcher.interrupt('signal');
    });
  }
  // Started by scripts/start.mjs: whose end, in whatever way, is the end of the cluster.
  process.on('disconnect', () => {
    launcher.interrupt('signal');
  });
  process.on('exit', () => {
    launcher.killNow();
  });
  const code = await launcher.run();
  // The channel would keep this process alive.
  if (process.connected) process.disconnect();
  return code;
}

process.exitCode = await main();
