import { Global, Logger, Module } from '@nestjs/common';
import { FATAL, type Fatal } from '@sinkron/consensus';

/** Exit code of a node that stopped itself because it could not trust its state. */
export const EXIT_BROKEN = 70;

/** Says why, and stops at once: a node in doubt must not answer another request. */
export const stopProcess: Fatal = {
  stop(reason, error) {
    const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
    new Logger('Process').fatal(`this node stops: ${reason}: ${detail}`);
    process.exit(EXIT_BROKEN);
  },
};

@Global()
@Module({ providers: [{ provide: FATAL, useValue: stopProcess }], exports: [FATAL] })
export class ProcessModule {}
