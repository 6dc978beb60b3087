import { logIndex, replicaId } from '../../core/identifiers.js';
import type { Replication } from '../../core/progress/replication.js';
import { makeLeader } from '../../testing/elect.js';
import { accepted, heartbeatResponse } from '../../testing/messages.js';
import { Replica } from '../../testing/replica.js';
import { CATCH_UP_TICKS_MAX } from '../limits.js';
import { CatchUps } from './catch-ups.js';

const TWO = replicaId('2');
const THREE = replicaId('3');

/** A leader with four entries, of which 2 has all and 3 has one. */
function leader(): { replica: Replica; replication: Replication } {
  const replica = new Replica();
  makeLeader(replica);
  replica.propose('a', 'b', 'c');
  replica.settle();
  replica.receive(accepted(4), accepted(1, { from: '3' }));
  const { leadership } = replica.raft;
  if (leadership === undefined) throw new Error('it leads');
  return { replica, replication: leadership.replication };
}

describe('CatchUps', () => {
  it('keeps what the last of the followers does not hold yet', () => {
    const { replica, replication } = leader();
    const catchUps = new CatchUps();
    expect(catchUps.lowestIndex(replication)).toBe(Infinity);
    catchUps.begin(TWO);
    expect(catchUps.lowestIndex(replication)).toBe(4);
    catchUps.begin(THREE);
    expect(catchUps.lowestIndex(replication)).toBe(1);
    replica.receive(accepted(3, { from: '3' }));
    expect(catchUps.lowestIndex(replication)).toBe(3);
  });

  // Breaks otherwise: a follower that is slower than the load fills the leader's disk.
  it('waits for nobody for longer than the limit', () => {
    const { replication } = leader();
    const catchUps = new CatchUps();
    catchUps.begin(THREE);
    for (let tick = 1; tick < CATCH_UP_TICKS_MAX; tick += 1) catchUps.tick(replication);
    expect(catchUps.lowestIndex(replication)).toBe(1);
    catchUps.tick(replication);
    expect(catchUps.lowestIndex(replication)).toBe(Infinity);
  });

  it('waits for nobody who is silent, or needs another snapshot', () => {
    const { replica, replication } = leader();
    const catchUps = new CatchUps();
    catchUps.begin(TWO);
    catchUps.begin(THREE);
    for (let tick = 0; tick < 4; tick += 1) {
      replica.tick();
      replica.receive(heartbeatResponse({ round: tick + 2 }));
    }
    catchUps.tick(replication);
    expect(catchUps.lowestIndex(replication)).toBe(4);
    replica.settle();
    replica.raft.compact(logIndex(4));
    replication.progressOf(TWO)?.needsSnapshot();
    catchUps.tick(replication);
    expect(catchUps.lowestIndex(replication)).toBe(Infinity);
  });

  it('waits for nobody when the leadership is lost', () => {
    const { replication } = leader();
    const catchUps = new CatchUps();
    catchUps.begin(TWO);
    catchUps.tick(undefined);
    catchUps.begin(THREE);
    catchUps.clear();
    expect(catchUps.lowestIndex(replication)).toBe(Infinity);
  });
});
