import { MemoryTables } from '../core/groups/testing/memory-tables.js';
import { packMessages, unpackMessages } from '../core/message/packed-messages.js';
import { messagePackCodec } from '../testing/record-codec.js';
import { SegmentCache } from '../core/topics/segments/segment-cache.js';
import { ack, configure, publish, receive } from '../core/topics/testing/topic-commands.js';
import type { Presented, Received } from '../core/commands/topic-result.js';
import { MachineUnderTest } from './testing/machine-under-test.js';

const codec = messagePackCodec();

function texts({ bodies }: Presented): readonly string[] {
  return bodies.flatMap(({ packed, places }) => {
    const messages = unpackMessages(codec, packed);
    return places.map(([sequence, place]) => {
      return `${sequence} ${new TextDecoder().decode(messages[place]?.body)}`;
    });
  });
}

describe('TopicMachine', () => {
  it('presents what was received with its bodies, and nothing else of their segments', () => {
    const run = new MachineUnderTest();
    run.apply(publish('a', 'one', 'two', 'three', { text: 'high', priority: 9 }));
    const applied = run.applied(receive('a', 'g', 3));
    const result = applied.result as Received;
    expect(result).toMatchObject({ status: 'received', topicId: 1 });
    expect(result).not.toHaveProperty('bodies');
    const presented = applied.present?.() as Presented;
    expect(texts(presented)).toEqual(['4 high', '1 one', '2 two']);
    const { bodies: _, ...rest } = presented;
    expect(rest).toEqual(result);
    // What was acknowledged meanwhile has no body any more.
    run.apply(ack('a', 'g', result, (sequence) => sequence === 1));
    expect(texts(applied.present?.() as Presented)).toEqual(['4 high', '2 two']);
  });

  it('repeats the bodies of a delivery as long as it is in flight', () => {
    const run = new MachineUnderTest();
    run.apply(publish('a', 'one', 'two'));
    const received = run.apply(receive('a', 'g')) as Received;
    run.apply(ack('a', 'g', received, (sequence) => sequence === 1));
    const { topicId, groupId, deliveryId } = received;
    const query = { kind: 'bodies', topic: 'a', topicId, groupId, deliveryId };
    const page = run.query(query) as Presented;
    expect(page).toMatchObject({ messages: [{ sequence: 2, deliveries: 1 }] });
    expect(texts(page)).toEqual(['2 two']);
    expect(run.query({ ...query, topicId: 9 })).toEqual({ missing: 'topic' });
    expect(run.query({ ...query, groupId: 99 })).toEqual({ missing: 'group' });
  });

  it('answers what it cannot read, and changes nothing', () => {
    const run = new MachineUnderTest();
    const { packed, sizes } = packMessages(codec, []);
    const part = { priority: 4, offsets: null, packed, sizes };
    const whole = publish('a', 'x');
    const malformed: readonly (readonly [unknown, string])[] = [
      [null, 'command must be an object'],
      [{ kind: 'explode' }, 'kind must be publish or'],
      [{ ...whole, count: 0 }, 'count must be an integer of 1 to 1000'],
      [{ ...whole, count: 2 }, 'parts must be one part of 2 messages, or offsets'],
      [{ ...whole, topic: '' }, 'topic must be a string of 1 to 256 bytes'],
      [{ ...whole, topic: '\ud800' }, 'topic must be a string of 1 to 256 bytes'],
      [{ ...whole, parts: [part] }, 'parts must be'],
      [{ ...whole, parts: [{ ...part, sizes: [1] }] }, 'packed must be as long as its sizes say'],
      [{ ...whole, notes: [{ offset: 1 }] }, 'notes must be ascending offsets'],
      [
        { ...whole, notes: [{ offset: 0, delayMs: 1, deliverAtMs: 1 }] },
        'a note must be with delayMs or deliverAtMs, not both',
      ],
      [{ ...receive('a', 'g'), max: 1_001 }, 'max must be an integer of 1 to 1000'],
      [
        { kind: 'ack', topic: 'a', group: 'g', receipts: [] },
        'receipts must be 1 to 1000 receipts',
      ],
      [{ kind: 'seek', topic: 'a', group: 'g', to: {} }, 'kind must be earliest or'],
    ];
    for (const [command, message] of malformed) {
      const { result, remember, effects } = run.applied(command);
      expect(result).toMatchObject({ status: 'malformed' });
      expect((result as { message: string }).message).toContain(message);
      expect({ remember, effects }).toEqual({ remember: false, effects: [] });
    }
    expect(run.tables.counts).toEqual({});
    expect(run.query({ kind: 'topic' })).toMatchObject({ status: 'malformed' });
    expect(run.request({ kind: 'watch' })).toMatchObject({ status: 'malformed' });
  });

  it('remembers answers for their Idempotency-Keys, but no refusal for now and nothing received', () => {
    const run = new MachineUnderTest();
    run.apply(configure('a', { maxMessages: 1 }));
    expect(run.applied(publish('a', 'x')).remember).toBe(true);
    expect(run.applied(publish('a', 'y')).remember).toBe(false);
    expect(run.applied(receive('a', 'g')).remember).toBe(true);
    expect(run.applied(receive('a', 'g')).remember).toBe(false);
    expect(run.applied(receive('none', 'g')).remember).toBe(true);
  });

  it('shows topics, groups and messages', () => {
    const run = new MachineUnderTest();
    run.apply(publish('b', { text: 'x', key: 'k' }, { text: 'late', delayMs: 50, ttlMs: 90 }));
    run.apply(publish('a', 'y'));
    run.apply(publish('c', 'z'));
    run.apply(receive('b', 'g'));
    run.apply(receive('b', 'f'));
    const topic = { messages: 2, bytes: 6 + 1 + 9, delayed: 1, groups: 2 };
    expect(run.query({ kind: 'topic', topic: 'b' })).toMatchObject({ topic: 'b', ...topic });
    expect(run.query({ kind: 'topics', after: null, limit: 2 })).toMatchObject([
      { topic: 'a' },
      { topic: 'b' },
    ]);
    expect(run.query({ kind: 'topics', after: 'b', limit: 2 })).toMatchObject([{ topic: 'c' }]);
    expect(run.query({ kind: 'groups', topic: 'b', after: 'f', limit: 5 })).toMatchObject([
      { group: 'g', inFlight: 1, delayed: 1, ready: 0 },
    ]);
    expect(run.query({ kind: 'message', topic: 'b', id: '1-2' })).toMatchObject({
      id: '1-2',
      handedOut: { sequence: 2, priority: 4, key: null },
      deliverAtMs: run.nowMs + 50,
      expiresAtMs: run.nowMs + 90,
      groups: [
        { group: 'f', state: 'delayed' },
        { group: 'g', state: 'delayed' },
      ],
    });
    expect(run.query({ kind: 'message', topic: 'b', id: '2-2' })).toEqual({ missing: 'message' });
    expect(run.query({ kind: 'topic', topic: 'none' })).toEqual({ missing: 'topic' });
    expect(run.query({ kind: 'group', topic: 'b', group: 'none' })).toEqual({ missing: 'group' });
  });

  it('pages through messages in publish order, by their state in a group', () => {
    const run = new MachineUnderTest();
    run.apply(publish('a', 'x', { text: 'y', priority: 9 }, 'z', { text: 'late', delayMs: 50 }));
    run.apply(receive('a', 'g', 2));
    const look = { kind: 'messages', topic: 'a', group: null, state: null, after: null, limit: 2 };
    const first = run.query(look) as Presented & { next: number };
    expect(first).toMatchObject({ messages: [{ sequence: 1 }, { sequence: 2 }], next: 2 });
    expect(texts(first)).toEqual(['1 x', '2 y']);
    expect(run.query({ ...look, after: 2 })).toMatchObject({
      messages: [{ sequence: 3 }, { sequence: 4 }],
      next: null,
    });
    const states = [
      ['ready', [3]],
      ['in-flight', [1, 2]],
      ['delayed', [4]],
    ] as const;
    for (const [state, sequences] of states) {
      const page = run.query({ ...look, group: 'g', state, limit: 10 }) as Presented;
      expect([state, page.messages.map(({ sequence }) => sequence)]).toEqual([state, sequences]);
    }
  });

  it('lets segments go that a query has read', () => {
    const run = new MachineUnderTest();
    run.apply(publish('a', 'one'));
    run.apply(receive('a', 'g'));
    const trim = jest.spyOn(SegmentCache.prototype, 'trim');
    run.query({ kind: 'topic', topic: 'a' });
    expect([...run.lead(1).machine.gaugesAsLeader(run.instant, () => true)]).toHaveLength(1);
    expect(trim).toHaveBeenCalledTimes(2);
    trim.mockRestore();
  });

  it('reads replaced tables a step at a time, answering from the old ones meanwhile', () => {
    const source = new MachineUnderTest();
    source.apply(publish('a', 'x'));
    source.apply(receive('a', 'g'));
    const target = new MachineUnderTest();
    target.apply(publish('old', 'x'));
    const reading = target.machine.reread(source.tables);
    let steps = 0;
    let step = reading.next();
    for (; step.done !== true; steps += 1) {
      expect(target.query({ kind: 'topic', topic: 'old' })).toMatchObject({ messages: 1 });
      step = reading.next();
    }
    expect(steps).toBe(3);
    step.value();
    expect(target.query({ kind: 'topic', topic: 'old' })).toEqual({ missing: 'topic' });
    expect(target.query({ kind: 'group', topic: 'a', group: 'g' })).toMatchObject({ inFlight: 1 });
  });

  it('of another shard gives other ids: receipts and ids of one shard mean nothing in another', () => {
    const [here, there] = [new MachineUnderTest(), new MachineUnderTest(undefined, 1)];
    for (const run of [here, there]) run.apply(publish('a', 'x'));
    const received = here.apply(receive('a', 'g')) as Received;
    expect(there.apply(receive('a', 'g'))).toMatchObject({ ...received, topicId: 2 ** 36 + 1 });
    expect(there.apply(ack('a', 'g', received))).toEqual({ status: 'settled', stale: [0] });
    const command = { kind: 'delete-message', topic: 'a', id: '1-1' };
    expect(there.apply(command)).toEqual({ status: 'message-not-found' });
    expect(here.apply(command)).toEqual({ status: 'deleted' });
  });

  it('opens a shard without a look at its messages', () => {
    const run = new MachineUnderTest();
    for (let count = 0; count < 200; count += 1) run.apply(publish('a', 'x', 'y'));
    run.apply(receive('a', 'g', 10));
    const read = new Set<string>();
    const tables = new MemoryTables();
    const watched = {
      get: (table: string, key: string) => {
        read.add(table);
        return run.tables.get(table, key);
      },
      put: (table: string, key: string, value: Uint8Array) => tables.put(table, key, value),
      remove: (table: string, key: string) => tables.remove(table, key),
      range: (table: string, from?: string) => {
        read.add(table);
        return run.tables.range(table, from);
      },
    };
    run.machine.open(watched);
    expect(
      [...read].filter((table) => ['segments', 'marks', 'keys', 'schedule'].includes(table)),
    ).toEqual([]);
    expect(run.query({ kind: 'group', topic: 'a', group: 'g' })).toMatchObject({ ready: 390 });
  });
});
