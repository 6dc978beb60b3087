import { MemoryGroupState } from '../../testing/nodes/memory-group-state.js';
import { MemoryLog } from '../../testing/nodes/memory-log.js';
import { NodeGroup } from '../../testing/nodes/node-group.js';
import type { LogKeeping } from '../limits.js';

const IDS = ['node1', 'node2', 'node3'];
const VALUE_BYTES = 20_000;
const KEYS = 300;
const KEEPING: LogKeeping = { entries: 20, bytes: 1e9, stepEntries: 10, stepBytes: 1e9 };
/** Turns that the log of the one who was left behind needs for a flush. */
const SLOW_TURNS = 12;
const COMMANDS_PER_TURN = 12;
const OUTSTANDING_MAX = 200;

class Bench {
  turns = 0;
  private proposed = 0;
  private outstanding = 0;
  readonly logs = new Map(IDS.map((id) => [id, new MemoryLog()]));
  readonly states = new Map(IDS.map((id) => [id, new MemoryGroupState()]));
  readonly group = new NodeGroup(IDS, new Map(IDS.map((id) => [id, this.disks(id)])), KEEPING);

  state(id: string): MemoryGroupState {
    const state = this.states.get(id);
    if (state === undefined) throw new Error(`no state of ${id}`);
    return state;
  }

  private disks(id: string) {
    const log = this.logs.get(id);
    const state = this.state(id);
    if (log === undefined) throw new Error(`no log of ${id}`);
    const settle = (): boolean => {
      const turnsIn = id === 'node3' ? this.turns % SLOW_TURNS : 0;
      const flushed = turnsIn === 0 && log.settleDisk();
      return state.settleDisk() || flushed;
    };
    return { log, state, settle };
  }

  /** More commands, as long as the leader keeps up with them. */
  load(): void {
    if (this.outstanding > OUTSTANDING_MAX) return;
    for (let command = 0; command < COMMANDS_PER_TURN; command += 1) {
      this.outstanding += 1;
      this.proposed += 1;
      this.group.put('node1', `key${this.proposed % KEYS}`, VALUE_BYTES, () => {
        this.outstanding -= 1;
      });
    }
  }
}

describe('A replica that was left behind, while the load goes on', () => {
  // Breaks otherwise: as soon as the snapshot is there, the leader compacts what was appended
  // meanwhile, faster than a follower reads it: that one gets one snapshot after another, for ever.
  it('needs one snapshot, and then what was appended meanwhile', () => {
    const bench = new Bench();
    const { group } = bench;
    group.beats(11);
    group.open('node1');
    group.settle();
    group.cut.add('node3');
    for (let round = 0; round < 60; round += 1) {
      bench.load();
      group.settle();
    }
    const { raft } = group.driver('node1');
    expect(raft.logBase.index).toBeGreaterThan(20);

    group.cut.clear();
    const follower = bench.state('node3');
    const installed = new Set<number>();
    let missing = 0;
    for (; bench.turns < 500; bench.turns += 1) {
      bench.load();
      group.turn();
      if (bench.turns % 20 === 0) group.beat();
      if (follower.installed !== null && !installed.has(follower.installed.index)) {
        installed.add(follower.installed.index);
        missing = raft.lastIndex - follower.appliedIndex;
      }
    }
    expect([...installed]).toHaveLength(1);
    // So much was appended that the log would not have been kept for it.
    expect(missing).toBeGreaterThan(60);
    expect(raft.lastIndex - follower.appliedIndex).toBeLessThan(missing / 2);
    expect(group.leader).toBe('node1');
  });
});
