/** Digits of the largest integer below 2^53 in base 36. */
const DIGITS = 11;

/** Text of fixed length whose byte order is the order of the numbers. */
export function numberKey(value: number): string {
  return value.toString(36).padStart(DIGITS, '0');
}

/** The number that is at `part` in a key made of {@link numberKey}s, 0 for the first; NaN if there is none. */
export function numberIn(key: string, part: number): number {
  return Number.parseInt(key.slice(part * DIGITS, (part + 1) * DIGITS), 36);
}

/** Tables of groups, inside those of the machine. What belongs to a group has a key that begins with its id. */
export const GROUP_TABLES = {
  /** (topic, group): its counters and cursors. */
  groups: 'groups',
  /** (group, delivery): what is in flight. */
  deliveries: 'group-deliveries',
  /** (group, 9 - priority, sequence): ready, though the cursor has passed it. */
  ready: 'group-ready',
  /** (group, sequence): waits for the end of its back-off. */
  waiting: 'group-waiting',
  /** (group, time, sequence): the same by their times. */
  waitingTimes: 'group-waiting-times',
  /** (group): dropped, has records still. */
  dropped: 'groups-dropped',
} as const;
