import { SettledDeliveries } from '../service/settled-deliveries.js';
import { InFlight, SeenInFlight } from './in-flight.js';

const IDS = { topicId: 1, groupId: 2, deliveryId: 3 };

/** Three messages of one delivery: sequences 1, 2 and 3. */
function threeMessages(): { readonly inFlight: InFlight; readonly settled: SettledDeliveries } {
  const settled = new SettledDeliveries();
  const inFlight = new InFlight('a', settled);
  const messages = [1, 2, 3].map((sequence) => ({ sequence, id: `${sequence}`, text: '{}' }));
  inFlight.add({ ...IDS, messages, replayed: false });
  return { inFlight, settled };
}

/** The first message in flight, under a delivery of the group. */
function seenUnder(groupId: number, deliveryId: number): SeenInFlight {
  const seen = new SeenInFlight();
  const message = { sequence: 1, deliveryId, consumer: 'w', deliveries: 1, visibleAtMs: 0 };
  seen.add({ groupId, pending: [message] });
  return seen;
}

describe('InFlight', () => {
  it('forgets what is acknowledged at this node', () => {
    const { inFlight, settled } = threeMessages();
    settled.settled('a', [{ ...IDS, sequences: [2] }]);
    settled.settled('b', [{ ...IDS, sequences: [3] }]);
    expect(inFlight.takeAll()).toEqual([{ ...IDS, sequences: [1, 3] }]);
    expect(inFlight.size).toBe(0);
  });

  it('keeps what was seen, and what was not looked at', () => {
    const { inFlight } = threeMessages();
    inFlight.keep(seenUnder(2, 3), 2);
    expect(inFlight.takeAll()).toEqual([{ ...IDS, sequences: [1, 3] }]);
  });

  it('keeps only what was seen once all was looked at', () => {
    const { inFlight } = threeMessages();
    inFlight.keep(seenUnder(2, 3), null);
    expect(inFlight.size).toBe(1);
  });

  it.each([
    ['passed to another delivery, of whichever consumer', 2, 4],
    ['is in flight in the group that began anew', 5, 3],
  ])('does not keep what %s', (_, groupId, deliveryId) => {
    const { inFlight } = threeMessages();
    inFlight.keep(seenUnder(groupId, deliveryId), 1);
    expect(inFlight.takeAll()).toEqual([{ ...IDS, sequences: [2, 3] }]);
  });
});
