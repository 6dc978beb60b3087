import { DEAD_AFTER_MS, SUSPECT_AFTER_MS } from './failure-limits.js';

export type MemberStatus = 'alive' | 'suspect' | 'dead';

/**
 * What a member's silence says of it.
 *
 * @param silenceMs since it was certainly alive; null: no sign of it was ever seen.
 * @param listenedMs for how much of that this node has listened: who was deaf cannot call others dead.
 */
export function memberStatus(silenceMs: number | null, listenedMs: number): MemberStatus {
  if (silenceMs !== null && silenceMs <= SUSPECT_AFTER_MS) return 'alive';
  return listenedMs > DEAD_AFTER_MS ? 'dead' : 'suspect';
}
