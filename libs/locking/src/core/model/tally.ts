import type { LockCommand } from '../commands/lock-command.js';
import type { LockResult } from '../commands/lock-result.js';
import type { Changes } from './reference/reference-changes.js';
import type { ReferenceState } from './reference/reference-state.js';

/** How often what a run is about has happened in it: a test that never meets it proves nothing. */
export class Tally {
  private readonly counts = new Map<string, number>();

  note(what: string): void {
    this.counts.set(what, this.count(what) + 1);
  }

  count(what: string): number {
    return this.counts.get(what) ?? 0;
  }

  noteResult(command: LockCommand, result: LockResult): void {
    this.note(`${command.kind}: ${result.status}`);
    if (command.kind !== 'acquire') return;
    const multi = command.locks.length > 1;
    if (multi) this.note(`acquire of several: ${result.status}`);
    if (result.status === 'queued' && result.upgrade) this.note('upgrade queued');
    if (result.status === 'held' && result.delayed) this.note('held by a delay');
  }

  noteChanges(by: string, changes: Changes): void {
    const { granted, left, settled, broken, passed, ended } = changes;
    const waiters = new Set(granted.map(({ waiterId }) => waiterId));
    for (const waiterId of waiters) {
      const grants = granted.filter((grant) => grant.waiterId === waiterId);
      const how = waiterId === null ? 'at once' : 'after a wait';
      this.note(`granted ${how}`);
      if (grants.length > 1) this.note(`several granted ${how}`);
      if (grants.some(({ reentrant }) => reentrant)) this.note(`re-entrant ${how}`);
      if (grants.some(({ upgrade }) => upgrade)) this.note(`upgraded ${how}`);
    }
    if (waiters.size > 1) this.note('several waiters granted by one command');
    for (const { reason } of ended) this.note(`ended: ${reason}`);
    for (const _waiter of left) this.note(`left by ${by}`);
    for (const { locks } of settled) this.note(locks === null ? 'upgrade lost' : 'settled grant');
    for (const _entry of passed) this.note('multi-lock passed');
    if (passed.length > 1) this.note('several multi-locks passed');
    for (const _waiter of broken) this.note('removed from a cycle');
  }

  noteState(state: ReferenceState, reduced: boolean): void {
    if (reduced) this.note('graph reduced');
    if (state.delays.length > 0) this.note('lock at rest');
    if (state.entries.some(({ waiter, name, mode }) => state.isCovered(waiter, name, mode))) {
      this.note('covered entry waits elsewhere');
    }
    for (const name of state.names()) if (state.queueOf(name).length > 4) this.note('long queue');
  }
}
