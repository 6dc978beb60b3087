import type { Applied, ApplyContext } from '@sinkron/consensus';
import type { LockEffect } from '@sinkron/locking';
import { TamperedMachine } from './tampered-machine.js';

/** Lets who comes last wait in front. */
export class BargingMachine extends TamperedMachine {
  override apply(command: unknown, context: ApplyContext): Applied<LockEffect> {
    const applied = super.apply(command, context);
    const waiters = this.records('waiters');
    const last = waiters.at(-1);
    const { requests } = last?.fields ?? {};
    if (waiters.length < 2 || last === undefined || !Array.isArray(requests)) return applied;
    const inFront = requests.map((request: object) => ({ ...request, rank: 0.5 }));
    this.put('waiters', last.key, { ...last.fields, requests: inFront });
    this.reopen();
    return applied;
  }
}
