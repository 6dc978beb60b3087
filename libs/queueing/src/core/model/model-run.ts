import type { TopicCommand } from '../commands/topic-command.js';
import type { Presented, TopicResult } from '../commands/topic-result.js';
import type { RecordCodec } from '../ports.js';
import { messagePackCodec } from '../../testing/record-codec.js';
import type { Action } from './action.js';
import { leftLines, leftNumbers } from './left-messages.js';
import { commandOf, type Given } from './meaning.js';
import { bodyOf, picturesOfReference } from './picture-of-reference.js';
import { MachineSight } from './picture-of-machine.js';
import { comparable } from './picture.js';
import { isDue } from './reference/reference-due.js';
import { ReferenceShard } from './reference/reference-shard.js';
import { isExpired, progressOf } from './reference/reference-state.js';
import { expectSame, expectTrue } from './same.js';
import { ShardUnderTest } from './shard-under-test.js';
import type { Tally } from './tally.js';

const DUE: TopicCommand = { kind: 'due', term: 7 };

/** One sequence of actions on a topic machine, its reopened replica and the reference. */
export class ModelRun {
  private readonly codec: RecordCodec = messagePackCodec();
  private readonly first = new ShardUnderTest();
  private readonly sight = new MachineSight(this.first, this.codec);
  private reopened: ShardUnderTest | undefined;
  private readonly reference = new ReferenceShard();
  private readonly given: Given[] = [];
  private readonly groupIds = new Set<number>();
  private bodies = 0;

  constructor(private readonly tally: Tally) {}

  step(action: Action): void {
    if (action.kind === 'reopen') {
      this.end();
      this.reopened = this.first.restarted();
      this.tally.note('reopened');
      return;
    }
    if (action.kind === 'pass') {
      this.pass(action.ms);
      if (!action.seen) return;
    } else {
      if (action.kind === 'receive') this.pass(action.afterMs);
      if (this.mayHoldBack()) this.tick();
      const command = this.meant(action);
      if (command === undefined) return;
      this.send(command);
    }
    this.tick();
    this.compare();
  }

  /** The head of a key that is past its ttl may hold its key back until the leader has seen it. */
  private mayHoldBack(): boolean {
    return this.reference.topics.some(({ messages }) => {
      return messages.some((message) => {
        return message.key !== null && isExpired(message, this.first.nowMs);
      });
    });
  }

  private pass(ms: number): void {
    this.first.nowMs += ms;
    if (this.reopened !== undefined) this.reopened.nowMs = this.first.nowMs;
  }

  /** A replica that was opened half-way has come to see the same. */
  end(): void {
    if (this.reopened === undefined) return;
    const again = new MachineSight(this.reopened, this.codec).pictures();
    expectSame(again, this.sight.pictures());
  }

  private meant(action: Exclude<Action, { kind: 'pass' | 'reopen' }>): TopicCommand | undefined {
    return commandOf(action, {
      reference: this.reference,
      codec: this.codec,
      given: this.given,
      nowMs: this.first.nowMs,
      nextBody: () => {
        this.bodies += 1;
        return this.bodies;
      },
    });
  }

  /** The leader finds by itself that something is due, and then it is done on both sides. */
  private tick(): void {
    const ticked = this.first.ticked();
    if (isDue(this.reference, this.first.nowMs)) {
      expectTrue(
        ticked.some(({ kind }) => kind === 'due'),
        'the leader sees what is due',
      );
      this.tally.note('due');
    }
    if (ticked.length > 0) this.send(DUE);
    else this.reference.apply(DUE, this.first.nowMs);
  }

  private send(command: TopicCommand): void {
    const { result, presented } = this.first.apply(command);
    if (this.reopened !== undefined) expectSame(this.reopened.apply(command).result, result);
    const expected = this.reference.apply(command, this.first.nowMs);
    this.tally.noteResult(command, result, this.reference);
    if (result.status === 'received' && expected.status === 'received') {
      expectSame(result.messages, expected.messages);
      expectSame((presented as Presented).messages, expected.messages);
      if (command.kind === 'receive') this.adopt(command, presented as Presented, expected);
    } else {
      expectSame(plain(result), plain(expected));
    }
  }

  /** The machine numbers topics, groups and deliveries as it likes, each time anew. */
  private adopt(
    { topic: topicName, group: groupName }: { readonly topic: string; readonly group: string },
    presented: Presented,
    expected: TopicResult & { status: 'received' },
  ): void {
    const { topicId, groupId, deliveryId, messages, visibleAtMs } = presented;
    const topic = this.reference.topic(topicName);
    const group = this.reference.group(topicName, groupName);
    if (topic === undefined || group === undefined) throw new Error('a receive makes its group');
    if (messages.length === 0) return;
    expectSame(topicId, topic.id ?? topicId);
    topic.id = topicId;
    if (group.id === null) expectTrue(!this.groupIds.has(groupId), 'a group has a new number');
    else expectSame(groupId, group.id);
    group.id = groupId;
    this.groupIds.add(groupId);
    expectTrue(deliveryId > 0, 'a delivery has a number');
    expectSame(visibleAtMs, expected.visibleAtMs);
    const bodies = this.sight.bodies(presented.bodies);
    for (const { sequence } of messages) {
      const { inFlight } = progressOf(group, sequence);
      if (inFlight === null) throw new Error('what is handed out is in flight');
      inFlight.deliveryId = deliveryId;
      const message = topic.messages.find((other) => other.sequence === sequence);
      const body = message === undefined ? 'no message' : bodyOf(message, this.codec);
      expectSame(bodies.get(sequence), body);
    }
    expectSame(bodies.size, messages.length);
    const sequences = messages.map(({ sequence }) => sequence);
    this.given.push({
      topic: topicName,
      group: groupName,
      topicId,
      groupId,
      deliveryId,
      sequences,
    });
  }

  private compare(): void {
    const actual = this.sight.pictures();
    // Both have seen the time: what was due by now is done.
    this.reference.nowMs = this.first.nowMs;
    const expected = picturesOfReference(this.reference, this.codec);
    const withBytes = actual.map((picture, place) => {
      return expected[place]?.bytes === null ? { ...picture, bytes: null } : picture;
    });
    expectSame(withBytes.map(comparable), expected.map(comparable));
    const { tables } = this.first;
    const left = leftLines(tables, this.codec);
    expectSame(left, this.reference.outbox.lines(this.codec));
    this.reference.outbox.adopt(leftNumbers(tables));
    if (left.length > 0) this.tally.note('left for another shard');
    for (const picture of expected) this.tally.notePicture(picture);
    for (const topic of this.reference.topics) {
      const topicId = this.sight.topicIds.get(topic.name);
      if (topic.id === null) topic.id = topicId ?? null;
      expectSame(topicId, topic.id);
    }
    if (this.reopened === undefined) return;
    expectTrue(this.reopened.tables.isSameAs(this.first.tables), 'replicas have the same records');
  }
}

/** Without what is free: sentences, and the numbers of a new topic. */
function plain(result: TopicResult): unknown {
  if (result.status === 'queue-full' || result.status === 'configuration-conflict') {
    return result.status;
  }
  if (result.status !== 'published') return result;
  const { status, first, count, duplicates } = result;
  return { status, first, count, duplicates };
}
