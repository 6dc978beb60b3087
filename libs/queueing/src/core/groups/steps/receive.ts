import type { HandedOut, Received } from '../../commands/topic-result.js';
import { IN_FLIGHT_MAX, RECEIVE_BYTES_MAX } from '../../limits.js';
import type { GroupState, Picked } from '../state/group-state.js';
import type { ReceiveTerms } from '../terms.js';
import { ReadyMessages } from './ready-messages.js';

/** Hands out what is ready, in one delivery. */
export function receive(group: GroupState, terms: ReceiveTerms, logTimeMs: number): Received {
  const { topicId, configuration } = group.topic.options;
  const visibleAtMs = logTimeMs + (terms.visibilityMs ?? configuration().visibilityMs);
  const picked = pick(group, Math.min(terms.max, IN_FLIGHT_MAX - group.record.inFlight), logTimeMs);
  const deliveryId = picked.length === 0 ? 0 : group.handOut(picked, terms.consumer, visibleAtMs);
  return {
    status: 'received',
    topicId,
    groupId: group.id,
    deliveryId,
    visibleAtMs,
    messages: picked.map(handedOut),
  };
}

/** Takes them from where they are. Whichever is first is taken, however large it is. */
function pick(group: GroupState, max: number, logTimeMs: number): readonly Picked[] {
  const picked: Picked[] = [];
  if (max <= 0 || group.ready === group.record.blocked) return picked;
  const ready = new ReadyMessages(group, logTimeMs);
  let bytes = 0;
  while (picked.length < max) {
    const next = ready.next();
    if (next === undefined) break;
    bytes += next.message.bytes;
    if (picked.length > 0 && bytes > RECEIVE_BYTES_MAX) break;
    ready.take(next);
    picked.push(next);
  }
  return picked;
}

function handedOut({ message, attempts }: Picked): HandedOut {
  const { sequence, priority, key } = message;
  return { sequence, priority, key, deliveries: attempts.deliveries + 1 };
}
