import { eventText } from '@sinkron/http';
import type { LockEvent } from '../core/commands/lock-event.js';
import { iso } from '../lock-answers.js';

/** An event as readers get it. */
export function lockEventText(event: LockEvent): string {
  const { id, kind, name, owner, sessionId, mode, token, atMs, cycle } = event;
  const data = { name, owner, sessionId, mode, token, at: iso(atMs) };
  return eventText({ id, event: kind, data: cycle === undefined ? data : { ...data, cycle } });
}
