import type { StoredMessage } from '../../ports.js';
import type { Delivery } from '../memory/delivery.js';
import type { GroupState } from '../state/group-state.js';
import { FRESH, moveKey } from './keys.js';

/** The message goes for all; the delivery it was in flight under is added to `ended`. */
export function remove(group: GroupState, message: StoredMessage, ended: Set<Delivery>): void {
  const { messages } = group.topic.options;
  const { sequence } = message;
  const isDelayed = messages.isDelayed(sequence);
  if (messages.hasSettled(group.id, sequence)) {
    if (isDelayed) group.record.settledDelayed -= 1;
    else group.record.settledOpen -= 1;
    group.changed = true;
    return;
  }
  if (isDelayed) return;
  const entry = group.entryOf(sequence);
  if (entry === undefined) {
    forget(group, message);
    return;
  }
  group.endFlight(entry);
  ended.add(entry.delivery);
}

/** Open messages are past their ttl: what is in flight stays there. */
export function expireMessages(group: GroupState, expired: readonly StoredMessage[]): void {
  const { messages } = group.topic.options;
  const settled = expired.filter(({ sequence }) => {
    // Gone already if another group, before this one, was the last that had not settled it.
    if (messages.get(sequence) === undefined) return false;
    return !messages.hasSettled(group.id, sequence) && group.entryOf(sequence) === undefined;
  });
  for (const message of settled) forget(group, message);
  group.settle(settled.map(({ sequence }) => sequence));
  for (const { key } of settled) if (key !== null) moveKey(group, key);
}

/** An open message that is neither settled nor in flight is nowhere in the group any more. */
function forget(group: GroupState, message: StoredMessage): void {
  if (!group.isPassed(message)) {
    group.loaded?.windows.remove(message.priority, message.sequence);
    return;
  }
  const back = group.returnedOf(message);
  switch (back?.kind) {
    case 'returned':
      return group.removeReturned(message);
    case 'waiting':
      return group.removeWaiting(message.sequence, back.attempts);
    case undefined:
      return group.countBlocked(-1);
  }
}

/** A delayed message is open now. */
export function mature(group: GroupState, message: StoredMessage): void {
  const { messages } = group.topic.options;
  const { sequence, priority, key } = message;
  if (messages.hasSettled(group.id, sequence)) {
    group.record.settledDelayed -= 1;
    group.record.settledOpen += 1;
    group.changed = true;
  } else if (!group.isPassed(message)) {
    group.loaded?.windows.forget(priority);
  } else if (key === null || messages.headOfKey(key, group.id)?.sequence === sequence) {
    group.putReturned(message, FRESH);
  } else {
    group.countBlocked(1);
  }
}
