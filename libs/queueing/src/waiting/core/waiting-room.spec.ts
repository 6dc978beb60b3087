import { REMEMBERED_GROUPS_MAX } from './limits.js';
import { RoomAtHand } from './testing/room-at-hand.js';

/** A room that has found the group empty. */
function emptyGroup(): RoomAtHand {
  const room = new RoomAtHand();
  expect(room.join({ waitMs: 0 })).toEqual(['receive 1']);
  expect(room.received(1, 0)).toEqual(['watch 0']);
  expect(room.answered(0)).toEqual(['empty 1']);
  return room;
}

describe('A receive that does not wait', () => {
  it('goes to the cluster when nothing is known of its group', () => {
    const room = new RoomAtHand();
    expect(room.join({ waitMs: 0, max: 10 })).toEqual(['receive 1']);
    expect(room.received(1, 10)).toEqual([]);
    expect(room.join({ waitMs: 0, max: 10 })).toEqual(['receive 2']);
  });

  it('asks the leader first where the last one found nothing, and receives when something is there', () => {
    const room = emptyGroup();
    expect(room.join({ waitMs: 0 })).toEqual(['watch 0']);
    expect(room.answered(0)).toEqual(['empty 2']);
    expect(room.join({ waitMs: 0 })).toEqual(['watch 0']);
    expect(room.answered(3)).toEqual(['receive 3']);
    expect(room.received(3, 1)).toEqual([]);
    expect(room.join({ waitMs: 0 })).toEqual(['receive 4']);
  });

  it('is answered only by a question that was asked after it came', () => {
    const room = emptyGroup();
    expect(room.join({ waitMs: 0 })).toEqual(['watch 0']);
    expect(room.join({ waitMs: 0 })).toEqual([]);
    expect(room.answered(0)).toEqual(['empty 2', 'watch 0']);
    expect(room.answered(0)).toEqual(['empty 3']);
  });

  it('receives again behind messages that wait for others of their key, but not for ever', () => {
    const room = new RoomAtHand();
    room.join({ waitMs: 0 });
    for (let tries = 1; tries < 20; tries += 1) {
      expect(room.received(1, 0)).toEqual(['watch 0']);
      expect(room.answered(5)).toEqual(['receive 1']);
    }
    expect(room.received(1, 0)).toEqual(['empty 1']);
  });

  it('asks by a receive when the leader does not answer, so that its client hears why', () => {
    const room = emptyGroup();
    room.join({ waitMs: 0 });
    expect(room.watchFailed()).toEqual(['receive 2']);
    expect(room.failed(2)).toEqual([]);
    expect(room.room.size).toBe(0);
  });

  it('ends without an answer when the time of its client is over', () => {
    const room = emptyGroup();
    room.join({ waitMs: 0 });
    expect(room.pass(4_999)).toEqual([]);
    expect(room.pass(1)).toEqual(['no-answer 2']);
  });

  it('ends as unknown instead where a receive was sent, which may have made its group', () => {
    const room = new RoomAtHand();
    room.join({ waitMs: 0 });
    expect(room.received(1, 0)).toEqual(['watch 0']);
    expect(room.pass(5_000)).toEqual(['unknown 1']);
    expect(room.room.size).toBe(0);
  });

  it('asks by receives where there is no such topic or group', () => {
    const room = emptyGroup();
    room.join({ waitMs: 0 });
    expect(room.answered(null)).toEqual(['receive 2']);
  });
});

describe('A receive that waits', () => {
  it('watches the group, and receives when it hears of messages', () => {
    const room = emptyGroup();
    expect(room.join({ max: 10 })).toEqual(['watch 10']);
    expect(room.answered(0)).toEqual([]);
    expect(room.noticed(3)).toEqual(['receive 2']);
    expect(room.received(2, 3)).toEqual([]);
    expect(room.room.size).toBe(0);
  });

  it('is told that there was nothing when its time is over', () => {
    const room = emptyGroup();
    room.join({ waitMs: 1_500 });
    room.answered(0);
    expect(room.pass(1_499)).toEqual([]);
    expect(room.pass(1)).toEqual(['empty 2']);
  });

  it('asks once more when its time is over and no leader has answered yet', () => {
    const room = emptyGroup();
    room.join({ waitMs: 300 });
    expect(room.watchFailed()).toEqual([]);
    expect(room.pass(300)).toEqual(['watch 0']);
    expect(room.answered(0)).toEqual(['empty 2']);
  });

  it('asks again every 2 s, since hints may be lost, and sooner when that fails', () => {
    const room = emptyGroup();
    room.join();
    room.answered(0);
    expect(room.pass(1_999)).toEqual([]);
    expect(room.pass(1)).toEqual(['watch 1']);
    expect(room.watchFailed()).toEqual([]);
    expect(room.pass(500)).toEqual(['watch 1']);
    expect(room.answered(1)).toEqual(['receive 2']);
  });

  it('goes on waiting when others were faster', () => {
    const room = emptyGroup();
    room.join();
    room.answered(0);
    room.noticed(1);
    expect(room.received(2, 0)).toEqual(['watch 1']);
    expect(room.answered(0)).toEqual([]);
    expect(room.noticed(1)).toEqual(['receive 2']);
  });

  it('is told of a stop, and what receives is answered', () => {
    const room = emptyGroup();
    room.join();
    room.answered(0);
    room.noticed(1);
    room.join();
    expect(room.close()).toEqual(['shutting-down 3']);
    expect(room.received(2, 1)).toEqual([]);
    expect(room.join()).toEqual(['shutting-down 4']);
    expect(room.room.size).toBe(0);
  });
});

describe('Receives of one group', () => {
  it('are served in the order in which they came, as far as what is ready covers them', () => {
    const room = emptyGroup();
    room.join({ max: 2 });
    room.answered(0);
    room.join({ max: 2 });
    room.join({ max: 2 });
    expect(room.noticed(3)).toEqual(['receive 2', 'receive 3']);
    expect(room.received(2, 2)).toEqual([]);
    expect(room.received(3, 1)).toEqual([]);
    expect(room.room.size).toBe(1);
    expect(room.noticed(1)).toEqual(['receive 4']);
  });

  it('stand behind those that came before, also when one of these comes back with nothing', () => {
    const room = emptyGroup();
    room.join();
    room.answered(0);
    room.join();
    expect(room.answered(0)).toEqual([]);
    expect(room.noticed(1)).toEqual(['receive 2']);
    expect(room.received(2, 0)).toEqual(['watch 2']);
    expect(room.answered(1)).toEqual(['receive 2']);
  });

  it('do not lose a hint that came while a receive was under way', () => {
    const room = emptyGroup();
    room.join();
    room.answered(0);
    room.join();
    room.answered(0);
    room.noticed(1);
    expect(room.noticed(2)).toEqual(['receive 3']);
    expect(room.received(2, 0)).toEqual(['receive 2', 'watch 0']);
  });

  it('say that nobody wants hints any more, a while after the last has left', () => {
    const room = emptyGroup();
    room.join();
    room.answered(0);
    expect(room.left(2)).toEqual([]);
    expect(room.pass(199)).toEqual([]);
    expect(room.pass(1)).toEqual(['watch 0']);
    expect(room.answered(0)).toEqual([]);
    expect(room.pass(60_000)).toEqual([]);
  });

  it('say so at once when hints come for nobody', () => {
    const room = emptyGroup();
    room.join();
    room.answered(0);
    room.left(2);
    expect(room.noticed(4)).toEqual(['watch 0']);
  });
});

describe('A receive with an Idempotency-Key', () => {
  it('always asks the cluster, which alone knows what was received under it', () => {
    const room = emptyGroup();
    expect(room.join({ keyed: true, waitMs: 0 })).toEqual(['receive 2']);
    expect(room.received(2, 0)).toEqual(['empty 2']);
  });

  it('asks again at the end of its wait: the answer may have been given at another node', () => {
    const room = emptyGroup();
    expect(room.join({ keyed: true, waitMs: 1_000 })).toEqual(['receive 2']);
    expect(room.received(2, 0)).toEqual(['watch 1']);
    expect(room.answered(0)).toEqual([]);
    expect(room.pass(1_000)).toEqual(['receive 2']);
    expect(room.received(2, 0)).toEqual(['empty 2']);
  });
});

describe('A receive that nobody waits for any more', () => {
  it('is answered as unknown in time, goes on, and is forgotten at its end', () => {
    const room = new RoomAtHand();
    room.join({ waitMs: 0 });
    expect(room.pass(4_999)).toEqual([]);
    expect(room.pass(1)).toEqual(['unknown 1']);
    expect(room.room.size).toBe(1);
    expect(room.received(1, 1)).toEqual([]);
    expect(room.room.size).toBe(0);
  });

  it('does not wait again when it finds nothing', () => {
    const room = new RoomAtHand();
    room.join();
    expect(room.left(1)).toEqual([]);
    expect(room.room.size).toBe(1);
    expect(room.received(1, 0)).toEqual([]);
    expect(room.room.size).toBe(0);
    expect(room.pass(60_000)).toEqual([]);
  });

  it('holds what it may take until it has ended', () => {
    const room = emptyGroup();
    room.join({ max: 2 });
    room.answered(0);
    expect(room.noticed(2)).toEqual(['receive 2']);
    room.left(2);
    expect(room.join({ max: 1 })).toEqual(['watch 1']);
    expect(room.answered(2)).toEqual([]);
    expect(room.received(2, 1)).toEqual(['receive 3']);
  });
});

describe('Receives that find nothing though something is told to be ready', () => {
  /** A receive that has found nothing five times in a row. */
  function pausing(waitMs: number): RoomAtHand {
    const room = emptyGroup();
    room.join({ waitMs });
    for (let count = 1; count <= 5; count += 1) {
      expect(room.answered(1)).toEqual(['receive 2']);
      expect(room.received(2, 0)).toEqual(count < 5 ? ['watch 1'] : []);
    }
    return room;
  }

  it('pause after a few, also when more hints come, and try once after each pause', () => {
    const room = pausing(10_000);
    for (let count = 0; count < 3; count += 1) {
      expect(room.noticed(1)).toEqual([]);
      expect(room.pass(499)).toEqual([]);
      expect(room.pass(1)).toEqual(['watch 1']);
      expect(room.answered(1)).toEqual(['receive 2']);
      expect(room.received(2, 0)).toEqual([]);
    }
    room.pass(500);
    room.answered(1);
    expect(room.received(2, 1)).toEqual([]);
    expect(room.room.size).toBe(0);
  });

  it('pause no longer than until the leader says that nothing is ready', () => {
    const room = pausing(10_000);
    expect(room.noticed(0)).toEqual(['watch 1']);
    expect(room.answered(0)).toEqual([]);
    expect(room.noticed(1)).toEqual(['receive 2']);
  });

  it('try again when their time is over, before they are told that there was nothing', () => {
    const room = pausing(200);
    expect(room.pass(200)).toEqual(['watch 0']);
    expect(room.answered(1)).toEqual(['receive 2']);
    expect(room.received(2, 1)).toEqual([]);
  });

  it('hold nobody back who does not wait', () => {
    const room = pausing(10_000);
    expect(room.join({ waitMs: 0 })).toEqual(['watch 1']);
    expect(room.answered(1)).toEqual(['receive 3']);
  });
});

describe('A waiting room', () => {
  it('forgets the group that nobody has asked for the longest when it remembers too many', () => {
    const room = new RoomAtHand();
    for (let group = 0; group <= REMEMBERED_GROUPS_MAX; group += 1) {
      room.join({ group: `g${group}`, waitMs: 0 });
      room.room.received(group + 1, 0, room.nowMs);
      room.outputs();
      room.room.watchAnswered('orders', `g${group}`, 0, room.nowMs);
      expect(room.outputs()).toEqual([`empty ${group + 1}`]);
    }
    const next = REMEMBERED_GROUPS_MAX + 2;
    expect(room.join({ group: 'g1', waitMs: 0 })).toEqual(['watch 0']);
    expect(room.join({ group: 'g0', waitMs: 0 })).toEqual([`receive ${next + 1}`]);
  });
});
