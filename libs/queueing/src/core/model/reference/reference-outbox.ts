import type { RecordCodec } from '../../ports.js';
import { bodyOf } from '../picture-of-reference.js';
import type { Message } from './reference-state.js';

type Origin = Pick<NonNullable<Message['origin']>, 'topic' | 'group' | 'sequence'>;

/** A message that left for a topic of another shard. */
export interface Left {
  readonly topic: string;
  readonly isBack: boolean;
  readonly message: Message;
  readonly origin: Origin | null;
}

/** What left the shard, in order, and up to where another one's messages have come. */
export class ReferenceOutbox {
  /** The highest number that has come. */
  arrived = 0;
  private left: (Left & { number: number | null })[] = [];

  isElsewhere(topic: string): boolean {
    return topic.startsWith('away');
  }

  leave(left: Left): void {
    this.left.push({ ...left, number: null });
  }

  /** Those whose number is not known yet came after all others. */
  delivered(through: number): void {
    this.left = this.left.filter(({ number }) => number === null || number > through);
  }

  /** The machine numbers them as it likes. */
  adopt(numbers: readonly number[]): void {
    for (const [at, left] of this.left.entries()) left.number ??= numbers[at] ?? null;
  }

  get numbers(): readonly (number | null)[] {
    return this.left.map(({ number }) => number);
  }

  /** One a message, as `leftLines` has them. */
  lines(codec: RecordCodec): readonly unknown[] {
    return this.left.map(({ topic, isBack, message, origin }) => {
      const { priority, key } = message;
      const { topic: from, group, sequence } = origin ?? {};
      const body = bodyOf(message, codec);
      return [topic, isBack, priority, key, origin && [from, group, sequence], body];
    });
  }
}
