import { integer, WHOLE } from '@sinkron/fields';
import { invariant } from '@sinkron/invariant';
import type { DeliverOutboxCommand } from '../../commands/topic-command.js';
import type { OutboxTaken } from '../../commands/topic-result.js';
import { onePacked } from '../../message/packed-messages.js';
import { numberKey, TABLES } from '../records/record-keys.js';
import type { Shard } from '../state/shard.js';
import { openMessages } from '../steps/announce.js';
import { storeCopy } from '../steps/dead-letters.js';
import { giveToGroup } from '../steps/redrive.js';
import type { LeavingMessage } from './leaving-message.js';

/** Stores messages that left topics of another shard for topics of this one, each once. */
export function takeFromOutbox(
  shard: Shard,
  { from, messages }: DeliverOutboxCommand,
): OutboxTaken {
  const { records } = shard;
  const key = numberKey(from);
  const known = records.get(TABLES.inboxes, key);
  const highest = known === undefined ? 0 : integer(known, 'the highest number', WHOLE);
  let through = highest;
  for (const message of messages) {
    if (message.number <= through) continue;
    through = message.number;
    arrive(shard, message);
  }
  if (through > highest) records.put(TABLES.inboxes, key, through);
  return { status: 'outbox-taken', through };
}

function arrive(shard: Shard, message: LeavingMessage): void {
  if (message.isBack) {
    comeBack(shard, message);
    return;
  }
  const target = shard.made(message.topic);
  const segment = storeCopy(shard, target, message, onePacked(message.packed), message.origin);
  target.groups?.published(() => openMessages([segment]));
}

/** For the group where it failed; where that is gone, it goes again to where it stood. */
function comeBack(shard: Shard, message: LeavingMessage): void {
  const { topic, from, priority, key, origin, packed } = message;
  invariant(origin !== null, 'Outbox: what goes back has an origin', { topic });
  const target = shard.topic(topic);
  const taken =
    target !== undefined &&
    giveToGroup(shard, target, origin.group, message, onePacked(packed)) !== undefined;
  if (taken) return;
  shard.leave({ topic: from, from: topic, priority, key, origin, isBack: false, packed });
}
