import { MemoryGroupState } from '../../testing/nodes/memory-group-state.js';
import { MemoryLog } from '../../testing/nodes/memory-log.js';
import { NodeGroup } from '../../testing/nodes/node-group.js';
import { RELOAD_STEPS_PER_TURN, type LogKeeping } from '../limits.js';

const IDS = ['node1', 'node2', 'node3'];
const KEYS = 12_000;
const KEYS_PER_ENTRY = 120;
const KEEPING: LogKeeping = { entries: 10, bytes: 1e9, stepEntries: 5, stepBytes: 1e9 };

class Bench {
  readonly log = new MemoryLog();
  readonly state = new MemoryGroupState();
  readonly group = new NodeGroup(IDS, new Map(IDS.map((id) => [id, this.disks(id)])), KEEPING);

  private disks(id: string) {
    const own = id === 'node3';
    const log = own ? this.log : new MemoryLog();
    const state = own ? this.state : new MemoryGroupState();
    const settle = (): boolean => {
      const flushed = log.settleDisk();
      return state.settleDisk() || flushed;
    };
    return { log, state, settle };
  }

  /** Node 3 has been brought a state of many keys, and has begun to read it. */
  static reading(): Bench {
    const bench = new Bench();
    const { group } = bench;
    group.beats(11);
    group.open('node1');
    group.settle();
    group.cut.add('node3');
    for (let key = 0; key < KEYS; key += 1) {
      group.put('node1', `key${key}`, 1, () => {});
      if (key % KEYS_PER_ENTRY === 0) group.settle();
    }
    group.settle();
    expect(group.driver('node1').raft.logBase.index).toBeGreaterThan(2);
    group.cut.clear();
    while (group.machine('node3').keysReread === 0) if (!group.turn()) group.beat();
    return bench;
  }

  expectWhole(): void {
    const { group } = this;
    expect(group.values('node3')).toEqual(group.values('node1'));
    expect(this.state.appliedIndex).toBe(group.driver('node1').raft.lastIndex);
  }
}

describe('A large state that a snapshot has brought', () => {
  // Breaks otherwise: the event loop stands still for more than an election timeout.
  it('is read a part a turn, and nothing is applied before all of it is', () => {
    const { group, state } = Bench.reading();
    const machine = group.machine('node3');
    const { index } = state.installed ?? { index: 0 };
    group.put('node1', 'after', 1, () => {});
    let turns = 0;
    while (machine.keysAtOpen === 0) {
      const before = machine.keysReread;
      expect([state.appliedIndex, machine.keysAtOpen]).toEqual([index, 0]);
      group.turn();
      turns += 1;
      // Node and disk have a turn each.
      expect(machine.keysReread - before).toBeLessThanOrEqual(2 * RELOAD_STEPS_PER_TURN);
    }
    expect(turns).toBeGreaterThanOrEqual(Math.floor(KEYS / RELOAD_STEPS_PER_TURN / 2));
    expect(machine.keysAtOpen).toBe(KEYS);
    group.beats(2);
    expect(state.appliedIndex).toBe(index + 1);
  });

  it('is read from its beginning by a replica that ended half-way', () => {
    const bench = Bench.reading();
    const { group, log, state } = bench;
    group.stop('node3');
    log.crash();
    state.crash();
    group.start('node3');
    expect(group.machine('node3').keysAtOpen).toBe(KEYS);
    group.beats(5);
    bench.expectWhole();
  });

  // Breaks otherwise: it leads with the memory that it had before the snapshot.
  it('is whole before its replica leads', () => {
    const bench = Bench.reading();
    const { group } = bench;
    const { raft } = group.driver('node3');
    group.transfer('node1', 'node3');
    while (raft.roleName !== 'leader') group.turn();
    expect([group.machine('node3').keysAtOpen, group.driver('node3').leads]).toEqual([0, false]);
    group.beats(3);
    expect(group.leader).toBe('node3');
    expect(group.machine('node3').keysAtOpen).toBe(KEYS);
    expect(group.values('node3')).toEqual(group.values('node2'));
  });
});
