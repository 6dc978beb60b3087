import type { TopicCommand } from '../commands/topic-command.js';
import type { TopicResult } from '../commands/topic-result.js';
import type { TopicPicture } from './picture.js';
import type { ReferenceShard } from './reference/reference-shard.js';

/** How often what a run is about has happened in it: a test that never meets it proves nothing. */
export class Tally {
  private readonly counts = new Map<string, number>();

  note(what: string): void {
    this.counts.set(what, this.count(what) + 1);
  }

  count(what: string): number {
    return this.counts.get(what) ?? 0;
  }

  get all(): readonly string[] {
    return [...this.counts].map(([what, count]) => `${what}: ${count}`).sort();
  }

  noteResult(command: TopicCommand, result: TopicResult, reference: ReferenceShard): void {
    this.note(`${command.kind}: ${result.status}`);
    if (result.status === 'published') {
      if (result.duplicates.length > 0) this.note('duplicate');
    } else if (result.status === 'received') {
      this.note(result.messages.length === 0 ? 'received nothing' : 'received messages');
      if (result.messages.some(({ deliveries }) => deliveries > 1)) this.note('redelivered');
      if (result.messages.some(({ key }) => key !== null)) this.note('received with a key');
    } else if (result.status === 'redriven') {
      if (result.moved > 0) this.note('redriven back');
    } else if (result.status === 'settled' && 'receipts' in command) {
      const count = command.receipts.reduce((sum, { sequences }) => sum + sequences.length, 0);
      if (result.stale.length < count) this.note(`${command.kind}: done`);
      if (result.stale.length > 0) this.note(`${command.kind}: stale`);
      const isLeft = reference.topics.some(({ messages }) => messages.length > 0);
      if (command.kind === 'ack' && isLeft) this.note('acknowledged with others left');
    }
  }

  notePicture({ topic, configuration, stored, groups, delayed }: TopicPicture): void {
    if (topic.endsWith('.dead') && stored.length > 0) this.note('dead letters');
    if (configuration.retention === 'log' && stored.length > 0) this.note('log');
    if (delayed > 0) this.note('delayed');
    if (groups.length > 2) this.note('three groups');
    for (const { groups: states } of stored) {
      for (const { state } of states) this.note(`state: ${state}`);
    }
  }
}
