import type { ConsensusService } from '@sinkron/consensus';
import { register } from 'prom-client';
import { GroupTables } from '../core/groups/records/group-tables.js';
import { QueuesHttp } from '../testing/queues-http.js';
import { TOPICS_LABELLED_MAX } from './limits.js';
import { QueueMetrics } from './queue-metrics.js';

/** Values of a metric by its labels, as `a1/g 3`; without zeroes. */
async function exported(name: string): Promise<string[]> {
  const metric = await register.getSingleMetric(`sinkron_queue_${name}`)?.get();
  return (metric?.values ?? [])
    .filter(({ value }) => value !== 0)
    .map(({ labels, value }) => `${Object.values(labels).join('/')} ${value}`);
}

let http: QueuesHttp;

beforeEach(async () => {
  http = await QueuesHttp.start();
  const consensus: Pick<ConsensusService, 'now'> = { now: () => http.router.instant as never };
  const metrics = new QueueMetrics(consensus as ConsensusService);
  for (const shard of http.router.shardsOf()) metrics.watch(shard, http.router.machine(shard));
});
afterEach(() => http.stop());

const publish = (topic: string, ...messages: object[]) =>
  http.post(`/${topic}/messages`, { messages });
const settle = (topic: string, call: string, body: object) =>
  http.post(`/${topic}/groups/g/${call}`, body);

async function receive(topic: string, max: number): Promise<readonly string[]> {
  const { body } = await settle(topic, 'receive', { max });
  return (body as { messages: { receipt: string }[] }).messages.map(({ receipt }) => receipt);
}

describe('QueueMetrics', () => {
  it('export what groups of all shards have, as it is at the scrape', async () => {
    await http.put('/a1');
    await http.put('/b1');
    await http.put('/a1/groups/g');
    await http.put('/b1/groups/h');
    await publish('a1', { body: 1 }, { body: 2 }, { body: 3 }, { body: 4, delayMs: 60_000 });
    await publish('b1', { body: 1 });
    await receive('a1', 1);
    http.router.pass(2_500);
    expect(await exported('ready')).toEqual(['a1/g 2', 'b1/h 1']);
    expect(await exported('in_flight')).toEqual(['a1/g 1']);
    expect(await exported('delayed')).toEqual(['a1/g 1']);
    expect(await exported('oldest_ready_age_seconds')).toEqual(['a1/g 2.5', 'b1/h 2.5']);
    await receive('a1', 10);
    expect(await exported('ready')).toEqual(['b1/h 1']);
    expect(await exported('in_flight')).toEqual(['a1/g 3']);
  });

  it('walk over the groups once a scrape, without a look at their deliveries', async () => {
    await publish('a1', { body: 1 }, { body: 2 });
    await receive('a1', 1);
    http.router.restart();
    const machine = http.router.machine('queues-0');
    const consensus: Pick<ConsensusService, 'now'> = { now: () => http.router.instant as never };
    new QueueMetrics(consensus as ConsensusService).watch('queues-0', machine);
    const walks = jest.spyOn(machine, 'gaugesAsLeader');
    const loads = jest.spyOn(GroupTables.prototype, 'deliveries');
    const text = await register.metrics();
    expect(text).toContain('sinkron_queue_in_flight{topic="a1",group="g"} 1');
    expect(text).toContain('sinkron_queue_oldest_ready_age_seconds{topic="a1",group="g"} 0');
    expect([walks.mock.calls.length, loads.mock.calls.length]).toEqual([1, 0]);
    jest.restoreAllMocks();
  });

  it('count each message that is published, handed out, again, acknowledged, and given up', async () => {
    const duplicate = { body: 3, deduplicationId: 'd' };
    await publish('a1', { body: 1 }, { body: 2 }, duplicate, duplicate);
    const [first, second, third] = await receive('a1', 10);
    await settle('a1', 'ack', { receipts: [first] });
    await settle('a1', 'nack', { receipts: [second] });
    await settle('a1', 'nack', { receipts: [third], deadLetter: true });
    await receive('a1', 10);
    expect(await exported('published_total')).toEqual(['a1 3']);
    expect(await exported('delivered_total')).toEqual(['a1/g 4']);
    expect(await exported('redelivered_total')).toEqual(['a1/g 1']);
    expect(await exported('acked_total')).toEqual(['a1/g 1']);
    expect(await exported('dead_lettered_total')).toEqual(['a1/g 1']);
  });

  it('export gauges only where the shard is led', async () => {
    await publish('a1', { body: 1 });
    await http.put('/a1/groups/g');
    expect(await exported('ready')).toEqual(['a1/g 1']);
    http.router.machine('queues-0').duties.stop();
    expect(await exported('ready')).toEqual([]);
    expect(await exported('oldest_ready_age_seconds')).toEqual([]);
  });

  it('name the first topics, and count all others together', async () => {
    for (let topic = 0; topic < TOPICS_LABELLED_MAX + 2; topic += 1) {
      await publish(`a${topic}`, { body: 1 });
    }
    const counts = await exported('published_total');
    expect(counts).toHaveLength(TOPICS_LABELLED_MAX + 1);
    expect(counts[0]).toBe('a0 1');
    expect(counts.at(-1)).toBe('other 2');
  });

  it('of the others know no age, which is a look at their messages', async () => {
    for (let topic = 0; topic < TOPICS_LABELLED_MAX + 2; topic += 1) {
      await publish(`a${topic}`, { body: 1 });
      await http.put(`/a${topic}/groups/g`);
    }
    http.router.pass(1_000);
    const ready = await exported('ready');
    expect([ready.length, ready.at(-1)]).toEqual([TOPICS_LABELLED_MAX + 1, 'other/other 2']);
    const ages = await exported('oldest_ready_age_seconds');
    expect([ages.length, ages.at(-1)]).toEqual([TOPICS_LABELLED_MAX, 'a99/g 1']);
  });

  it('tell how many publishes were answered, by topic', async () => {
    await publish('a1', { body: 1 });
    await publish('a1', { body: 1 });
    await publish('a1', { colour: 1 });
    const text = await register.getSingleMetricAsString('sinkron_queue_publish_seconds');
    expect(text).toContain('sinkron_queue_publish_seconds_count{topic="a1"} 2');
  });

  it('export what waits for other shards, by shard', async () => {
    await http.put('/a1', { deadLetterTopic: 'b-lost' });
    await publish('a1', { body: 1 }, { body: 2 });
    http.router.leaderless.add('queues-1');
    await settle('a1', 'nack', { receipts: await receive('a1', 10), deadLetter: true });
    expect(await exported('outbox_messages')).toEqual(['queues-0 2']);
    const [bytes] = await exported('outbox_bytes');
    expect(bytes).toMatch(/^queues-0 4\d\d$/);
  });
});
