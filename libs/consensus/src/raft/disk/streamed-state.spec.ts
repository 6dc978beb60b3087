import { DataDirectory } from '@sinkron/storage';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LogKeeping } from '../driver/limits.js';
import { GROUP, NodeGroup, type NodeDisks } from '../testing/nodes/node-group.js';
import { logPort } from './log-port.js';
import { statePort } from './state-port.js';

const IDS = ['node1', 'node2', 'node3'];
const JOINING = 'node4';
/** About where the entry stands that makes it a learner. */
const CHANGED_AT = 3;
const RECORDS = 5_000;
const KEEPING: LogKeeping = { entries: 4, bytes: 1e9, stepEntries: 2, stepBytes: 1e9 };
const DEADLINE_MS = 20_000;
/** Milliseconds between two heartbeats at least. */
const BEAT_MS = 10;

/** Nodes on LMDB, in folders of their own. */
class RealDisks {
  private readonly folder = mkdtempSync(join(tmpdir(), 'sinkron-streamed-'));
  readonly directories = new Map<string, DataDirectory>();
  readonly disks = new Map<string, NodeDisks>();

  constructor() {
    for (const id of [...IDS, JOINING]) this.open(id);
  }

  open(id: string): void {
    const directory = DataDirectory.open(join(this.folder, id), { nodeId: id });
    this.directories.set(id, directory);
    this.disks.set(id, {
      log: logPort(
        directory.log,
        (_seconds, change) => change(),
        (error) => {
          throw error;
        },
      ),
      state: statePort(directory.state, GROUP, (change) => change()),
      // Real disks call back by themselves.
      settle: () => false,
    });
  }

  directory(id: string): DataDirectory {
    const directory = this.directories.get(id);
    if (directory === undefined) throw new Error(`no folder of ${id}`);
    return directory;
  }

  async close(): Promise<void> {
    for (const directory of this.directories.values()) await directory.close();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/**
 * Lets the group work until something is so. Disks take their own time, so heartbeats follow it: come
 * they as fast as the processor allows, a flush lasts for several election timeouts.
 */
async function until(group: NodeGroup, what: string, holds: () => boolean): Promise<void> {
  const startMs = performance.now();
  let beatMs = startMs;
  while (!holds()) {
    const nowMs = performance.now();
    if (nowMs > startMs + DEADLINE_MS) throw new Error(`not in time: ${what}`);
    const worked = group.turn();
    await new Promise(setImmediate);
    if (worked || nowMs < beatMs + BEAT_MS) continue;
    beatMs = nowMs;
    group.beat();
  }
}

/** A group with a leader, and a proposer at it. @returns who leads. */
async function open(group: NodeGroup): Promise<string> {
  await until(group, 'a leader', () => group.leader !== undefined);
  const leader = group.leader ?? '';
  let opened = false;
  group.open(leader, () => {
    opened = true;
  });
  await until(group, 'a proposer', () => opened);
  return leader;
}

describe('A snapshot between real stores', () => {
  let disks: RealDisks;
  beforeEach(() => {
    disks = new RealDisks();
  });
  afterEach(async () => await disks.close());

  it(
    'brings 5,000 records over, and is there after a restart',
    async () => {
      const group = new NodeGroup(IDS, disks.disks, KEEPING);
      const leader = await open(group);
      const behind = IDS.find((id) => id !== leader) ?? '';
      group.cut.add(behind);
      let applied = 0;
      for (let record = 0; record < RECORDS; record += 1) {
        group.put(leader, `key${record}`, 100 + (record % 400), () => {
          applied += 1;
        });
      }
      await until(group, 'the records', () => applied === RECORDS);
      await disks.directory(leader).state.flush();
      const { raft } = group.driver(leader);
      await until(group, 'a compaction', () => raft.logBase.index > 3);

      group.cut.clear();
      const there = () => group.driver(behind).appliedIndex === raft.lastIndex;
      await until(group, 'the snapshot', there);
      expect(disks.directory(behind).state.group(GROUP).installed).not.toBeNull();
      await until(group, 'its records', () => group.machine(behind).keysAtOpen === RECORDS);
      expect(group.values(behind)).toEqual(group.values(leader));
      // Some 1.5 MB in parts of 64 KiB.
      expect(group.bulkSent).toBeGreaterThan(20);

      await until(group, 'the reset of the log', () => {
        return disks.directory(behind).log.baseIndex(GROUP) > 0;
      });
      group.stop(behind);
      await disks.directory(behind).close();
      disks.open(behind);
      group.start(behind);
      await until(group, 'the restart', there);
      expect(group.values(behind)).toEqual(group.values(leader));
    },
    3 * DEADLINE_MS,
  );

  it(
    'tells a new replica who the members are, also when it starts again',
    async () => {
      const group = new NodeGroup(IDS, disks.disks, KEEPING);
      const leader = await open(group);
      const founders = group.members(leader);
      group.changeMembers(leader, IDS, [JOINING]);
      const { raft } = group.driver(leader);
      await until(group, 'the change', () => raft.committedMembers === raft.members);
      // An entry for each, or they would share one.
      for (let record = 0; record < 16; record += 1) {
        group.put(leader, `key${record}`, 10, () => {});
        const last = () => group.driver(leader).appliedIndex === raft.lastIndex;
        await until(group, 'an entry', () => raft.lastIndex > CHANGED_AT + record && last());
      }
      await disks.directory(leader).state.flush();
      group.put(leader, 'last', 10, () => {});
      await until(group, 'a compaction', () => raft.logBase.index > CHANGED_AT);

      group.start(JOINING);
      const there = () => group.driver(JOINING).appliedIndex === raft.lastIndex;
      await until(group, 'the snapshot', there);
      expect(disks.directory(JOINING).state.group(GROUP).installed).not.toBeNull();
      expect([founders, group.members(JOINING)]).toEqual(['123||', '123||4']);
      for (const id of [JOINING, leader]) {
        await until(group, 'its state on the disk', () => {
          return disks.directory(id).log.baseIndex(GROUP) > CHANGED_AT;
        });
        group.stop(id);
        await disks.directory(id).close();
        disks.open(id);
        group.start(id);
        expect(group.members(id)).toBe('123||4');
      }
    },
    3 * DEADLINE_MS,
  );
});
