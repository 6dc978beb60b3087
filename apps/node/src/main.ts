import { Logger } from '@nestjs/common';
import { InvariantViolation } from '@sinkron/invariant';
import { bootRefusal, EXIT_CONFIGURATION } from './boot-refusal.js';
import { createNode } from './create-node.js';
import { tuneEngine } from './engine.js';
import { EXIT_BROKEN, stopProcess } from './process.module.js';
import { stopSignal } from './stop-signal.js';

tuneEngine();

process.on('uncaughtException', (error) => {
  const reason = error instanceof InvariantViolation ? 'a broken invariant' : 'an uncaught error';
  stopProcess.stop(reason, error);
});
process.on('unhandledRejection', (error) => stopProcess.stop('an unhandled rejection', error));

try {
  const node = await createNode();
  const signalled = stopSignal();
  const stopped = signalled.then(async (reason) => {
    new Logger('Process').log(`stopping on ${reason}`);
    await node.stop();
    process.exit(0);
  });
  // A node told to stop while it starts or forms has not failed, whatever the start then meets.
  await Promise.race([node.start(), signalled]);
  await stopped;
} catch (error) {
  const refusal = bootRefusal(error);
  if (refusal === null) {
    const detail = error instanceof Error ? error.stack : String(error);
    process.stderr.write(`the node could not start: ${detail}\n`);
    process.exit(EXIT_BROKEN);
  }
  process.stderr.write(`${refusal}\n`);
  process.exit(EXIT_CONFIGURATION);
}
