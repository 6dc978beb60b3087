import type { Applied, ApplyContext } from '@sinkron/consensus';
import type { LockEffect } from '@sinkron/locking';
import { commandKind, readRequester } from '../../workload/lock-protocol.js';
import { TamperedMachine } from './tampered-machine.js';

/** Does not see the waiters when somebody asks to share: readers starve writers. */
export class ReaderFirstMachine extends TamperedMachine {
  override apply(command: unknown, context: ApplyContext): Applied<LockEffect> {
    const shares =
      commandKind(command) === 'acquire' &&
      readRequester(command).locks.every(({ mode }) => mode === 'shared');
    const waiters = shares ? this.records('waiters') : [];
    if (waiters.length === 0) return super.apply(command, context);
    for (const { key } of waiters) this.tables.remove('waiters', key);
    this.reopen();
    const applied = super.apply(command, context);
    for (const { key, fields } of waiters) this.put('waiters', key, fields);
    this.reopen();
    return applied;
  }
}
