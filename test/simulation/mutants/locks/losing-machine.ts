import type { Applied, ApplyContext } from '@sinkron/consensus';
import type { LockEffect } from '@sinkron/locking';
import { TamperedMachine } from './tampered-machine.js';

/** Loses the first waiter with every change of leader. */
export class LosingMachine extends TamperedMachine {
  override apply(command: unknown, context: ApplyContext): Applied<LockEffect> {
    const [known] = this.records('term');
    if (known?.fields['term'] !== context.term) {
      this.put('term', 'last', { term: context.term });
      const [waiter] = this.records('waiters');
      if (waiter !== undefined) this.tables.remove('waiters', waiter.key);
      this.reopen();
    }
    return super.apply(command, context);
  }
}
