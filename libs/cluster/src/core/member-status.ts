import { DEAD_AFTER_MS, SUSPECT_AFTER_MS } from './failure-limits.js';

export type MemberStatus = 'alive' | 'suspect' | 'dead';

/** What a member's silence says of it; null: it was never heard. */
export function memberStatus(silenceMs: number | null): MemberStatus {
  if (silenceMs === null || silenceMs > DEAD_AFTER_MS) return 'dead';
  return silenceMs > SUSPECT_AFTER_MS ? 'suspect' : 'alive';
}
