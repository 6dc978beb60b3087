import type { GroupState } from '../state/group-state.js';

/** Of a message that was never handed out. */
export const FRESH = { deliveries: 0, failures: 0 };

/**
 * The head of a key may be another message than before: it is ready if its cursor has passed it while it
 * was blocked; otherwise the cursor finds it.
 *
 * So blocked messages need no records: whichever comes next is asked for when its key moves on.
 */
export function moveKey(group: GroupState, key: string): void {
  if (group.record.blocked === 0) return;
  const head = group.topic.options.messages.headOfKey(key, group.id);
  if (head === undefined || !group.isPassed(head) || group.entryOf(head.sequence) !== undefined)
    return;
  if (group.returnedOf(head) !== undefined) return;
  group.countBlocked(-1);
  group.putReturned(head, FRESH);
}
