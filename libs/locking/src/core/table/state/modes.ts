import type { LockMode } from '../../commands/holder.js';

/** Whether somebody who has `held` needs nothing more for `wanted`. */
export function covers(held: LockMode, wanted: LockMode): boolean {
  return held === 'exclusive' || wanted === 'shared';
}
