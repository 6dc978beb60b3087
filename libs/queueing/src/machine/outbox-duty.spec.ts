import { configure, publish, receive } from '../core/topics/testing/topic-commands.js';
import type { Received } from '../core/commands/topic-result.js';
import { OUTBOX_LOADS_MAX } from './limits.js';
import type { OutboxLoad } from './other-shards.js';
import { MachineUnderTest, WALL_MS } from './testing/machine-under-test.js';

const FIRST = WALL_MS * 1_024;

/** Keeps loads until they are answered by hand. */
class HeldLoads {
  readonly loads: OutboxLoad[] = [];
  private readonly ends: (() => void)[] = [];

  carry(load: OutboxLoad): Promise<void> {
    this.loads.push(load);
    return new Promise((resolve) => this.ends.push(resolve));
  }

  /** Numbers of the messages for each shard. */
  get told(): readonly string[] {
    return this.loads.map(({ from, to, messages }) => {
      return `${from}>${to} ${messages.map(({ number }) => number - FIRST).join()}`;
    });
  }

  async end(at: number): Promise<void> {
    this.ends[at]?.();
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** A replica of shard 0; a topic's shard is the digit at the end of its name. */
function replica(courier: HeldLoads, tables?: MachineUnderTest['tables']): MachineUnderTest {
  const shardOf = (topic: string): number => Number(topic.at(-1));
  return new MachineUnderTest(tables, 0, { shardOf, courier });
}

function fail(run: MachineUnderTest, to: number, count = 1): void {
  const topic = 't0';
  run.apply(configure(topic, { deadLetterTopic: `lost${to}` }));
  run.apply(publish(topic, ...Array.from({ length: count }, () => 'x')));
  const { topicId, groupId, deliveryId, messages } = run.apply(receive(topic, 'g')) as Received;
  const sequences = messages.map(({ sequence }) => sequence);
  const receipts = [{ topicId, groupId, deliveryId, sequences }];
  const terms = { delayMs: null, reason: null, deadLetter: true };
  run.apply({ kind: 'nack', topic, group: 'g', receipts, ...terms });
}

describe('The leader of a shard', () => {
  it('sends what waits for another one once at a time, and the next when it was removed', async () => {
    const courier = new HeldLoads();
    const leader = replica(courier).lead(1);
    fail(leader, 2, 2);
    expect(courier.told).toEqual([]);
    leader.machine.duties.followUps();
    fail(leader, 2);
    leader.machine.duties.followUps();
    expect(courier.told).toEqual(['0>2 0,1']);
    leader.apply({ kind: 'outbox-delivered', to: 2, through: FIRST + 1 });
    leader.machine.duties.followUps();
    expect(courier.loads).toHaveLength(1);
    await courier.end(0);
    expect(courier.told).toEqual(['0>2 0,1', '0>2 2']);
    leader.apply({ kind: 'outbox-delivered', to: 2, through: FIRST + 2 });
    await courier.end(1);
    leader.machine.duties.followUps();
    expect(courier.loads).toHaveLength(2);
  });

  it('tries again with the next heartbeat when nothing was removed', async () => {
    const courier = new HeldLoads();
    const leader = replica(courier).lead(1);
    fail(leader, 2);
    leader.machine.duties.followUps();
    await courier.end(0);
    expect(courier.told).toEqual(['0>2 0']);
    leader.machine.duties.followUps();
    expect(courier.told).toEqual(['0>2 0', '0>2 0']);
  });

  it('sends to some shards at a time, each in its turn', async () => {
    const courier = new HeldLoads();
    const leader = replica(courier).lead(1);
    for (const to of [1, 2, 3, 4, 5, 6]) fail(leader, to);
    leader.machine.duties.followUps();
    expect(courier.loads.map(({ to }) => to)).toEqual([1, 2, 3, 4]);
    expect(courier.loads).toHaveLength(OUTBOX_LOADS_MAX);
    await courier.end(1);
    leader.machine.duties.followUps();
    await courier.end(0);
    leader.machine.duties.followUps();
    await courier.end(2);
    leader.machine.duties.followUps();
    expect(courier.loads.map(({ to }) => to)).toEqual([1, 2, 3, 4, 5, 6, 1]);
  });

  it('is the only one that sends; the next one sends what is left', async () => {
    const courier = new HeldLoads();
    const first = replica(courier);
    fail(first, 2);
    first.machine.duties.followUps();
    expect(courier.told).toEqual([]);
    first.lead(1);
    first.machine.duties.followUps();
    first.machine.duties.stop();
    first.machine.duties.followUps();
    expect(courier.told).toEqual(['0>2 0']);
    const second = replica(courier, first.tables.copy()).lead(2);
    second.machine.duties.followUps();
    expect(courier.told).toEqual(['0>2 0', '0>2 0']);
    // The load of the former time of leading ends: that starts nothing.
    first.lead(3);
    first.machine.duties.followUps();
    expect(courier.loads).toHaveLength(3);
    await courier.end(0);
    first.machine.duties.followUps();
    expect(courier.loads).toHaveLength(3);
  });

  it('reads nothing more once it has stopped: its tables may be closed by then', async () => {
    const courier = new HeldLoads();
    const leader = replica(courier).lead(1);
    fail(leader, 2);
    leader.machine.duties.followUps();
    leader.machine.duties.stop();
    const reads = jest.spyOn(leader.tables, 'range');
    await courier.end(0);
    leader.machine.duties.followUps();
    expect(reads).not.toHaveBeenCalled();
  });
});
