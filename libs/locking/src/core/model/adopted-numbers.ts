import type { LockTable } from '../table/lock-table.js';
import { isSameParty, type ReferenceState } from './reference/reference-state.js';

/** Gives the holds and delays of the reference the tokens and leases that the table gave them. */
export function adoptNumbers(state: ReferenceState, table: LockTable): void {
  for (const hold of state.holds) {
    const holders = table.lock(hold.name)?.holders() ?? [];
    const same = [...holders].find((other) => isSameParty(other, hold));
    if (same === undefined) continue;
    const { id, token, olderToken, leaseIndex, expiresAtMs } = same;
    Object.assign(hold, { id, token, olderToken, leaseIndex, expiresAtMs });
  }
  state.holds.sort((one, other) => one.id - other.id);
  for (const { name, leaseIndex } of table.delays()) {
    const delay = state.delays.find((other) => other.name === name);
    if (delay !== undefined) delay.leaseIndex = leaseIndex;
  }
}
