import { integer, list, WHOLE } from '@sinkron/fields';
import { bytes } from '../../fields.js';
import { GROUPS_PER_TOPIC_MAX, MESSAGES_PER_PUBLISH_MAX } from '../../limits.js';
import { PlaceSet } from './place-set.js';

/**
 * What has become of the messages of one segment. Places that were never marked take no room: most
 * segments come and go without a record of this.
 */
export class Marks {
  /** Gone for all. */
  removed: PlaceSet | null = null;
  /** Published with a delay, and open since. */
  matured: PlaceSet | null = null;
  /** Past its ttl, and there only as long as a consumer has it. */
  expired: PlaceSet | null = null;
  /** By place: of those that waited for their time. */
  readonly keyOrders = new Map<number, number>();
  /** By group: what it is done with. */
  readonly settled = new Map<number, PlaceSet>();

  /** Groups that `stands` does not know are forgotten. */
  record(stands: (groupId: number) => boolean): unknown {
    for (const groupId of this.settled.keys()) {
      if (!stands(groupId)) this.settled.delete(groupId);
    }
    return [
      this.removed?.bytes ?? null,
      this.matured?.bytes ?? null,
      this.expired?.bytes ?? null,
      [...this.keyOrders],
      Array.from(this.settled, ([groupId, places]) => [groupId, places.bytes]),
    ];
  }
}

/** @throws MalformedValue */
export function readMarks(value: unknown): Marks {
  const [removed, matured, expired, keyOrders, settled] = list(value, 'a marks record', 5);
  const marks = new Marks();
  marks.removed = readPlaces(removed);
  marks.matured = readPlaces(matured);
  marks.expired = readPlaces(expired);
  for (const pair of list(keyOrders, 'key orders', MESSAGES_PER_PUBLISH_MAX)) {
    const [place, order] = list(pair, 'a key order', 2);
    marks.keyOrders.set(integer(place, 'place', WHOLE), integer(order, 'key order', WHOLE));
  }
  for (const pair of list(settled, 'settled', GROUPS_PER_TOPIC_MAX)) {
    const [groupId, places] = list(pair, 'a group', 2);
    marks.settled.set(integer(groupId, 'group', WHOLE), PlaceSet.of(bytes(places, 'places')));
  }
  return marks;
}

function readPlaces(value: unknown): PlaceSet | null {
  return value === null ? null : PlaceSet.of(bytes(value, 'places'));
}
