import { invariant } from '@sinkron/invariant';
import type { MessageCounts, StoredMessage, TopicMessages } from '../../ports.js';

/** What a test publishes; the rest has defaults. */
export interface Draft {
  readonly priority?: number;
  readonly key?: string;
  readonly delayed?: boolean;
  readonly bytes?: number;
  readonly expiresAtMs?: number;
}

/** The messages of a topic in memory, as plainly as the port can be met. */
export class MemoryMessages implements TopicMessages {
  lastSequence = 0;
  /** By sequence, ascending. */
  private readonly stored = new Map<number, StoredMessage>();
  private readonly byPriority = new Map<number, StoredMessage[]>();
  private readonly byKey = new Map<string, StoredMessage[]>();
  private readonly delayed = new Set<number>();
  private readonly expiredOnes = new Set<number>();
  private readonly groups = new Map<number, { readonly from: number; settled: Set<number> }>();
  private lastOrder = 0;

  constructor(private readonly retention: 'work' | 'log' = 'work') {}

  get counts(): MessageCounts {
    return { open: this.stored.size - this.delayed.size, delayed: this.delayed.size };
  }

  countsBefore(sequence: number): MessageCounts {
    const before = [...this.stored.keys()].filter((stored) => stored < sequence);
    const delayed = before.filter((stored) => this.delayed.has(stored)).length;
    return { open: before.length - delayed, delayed };
  }

  open(groupId: number, priority: number, from: number, limit: number): readonly StoredMessage[] {
    const found: StoredMessage[] = [];
    for (const message of this.ofPriority(priority, from)) {
      if (found.length === limit) break;
      const { sequence } = message;
      if (this.expiredOnes.has(sequence) || !this.isOpen(sequence)) continue;
      if (!this.hasSettled(groupId, sequence)) found.push(message);
    }
    return found;
  }

  get(sequence: number): StoredMessage | undefined {
    return this.stored.get(sequence);
  }

  isDelayed(sequence: number): boolean {
    return this.delayed.has(sequence);
  }

  headOfKey(key: string, groupId: number): StoredMessage | undefined {
    return this.byKey
      .get(key)
      ?.find(({ sequence }) => this.isOpen(sequence) && !this.hasSettled(groupId, sequence));
  }

  sequenceAtTime(timeMs: number): number {
    for (const { sequence, publishedAtMs } of this.stored.values()) {
      if (this.isOpen(sequence) && publishedAtMs >= timeMs) return sequence;
    }
    return this.lastSequence + 1;
  }

  hasSettled(groupId: number, sequence: number): boolean {
    const { from, settled } = this.group(groupId);
    return sequence < from || settled.has(sequence);
  }

  settle(groupId: number, sequences: readonly number[]): number {
    let removed = 0;
    for (const sequence of sequences) {
      invariant(!this.hasSettled(groupId, sequence) && this.isOpen(sequence), 'settles once', {
        groupId,
        sequence,
      });
      this.group(groupId).settled.add(sequence);
      if (this.retention === 'log' && !this.expiredOnes.has(sequence)) continue;
      if (!this.isSettledByAll(sequence)) continue;
      this.remove(sequence);
      removed += 1;
    }
    return removed;
  }

  addGroup(groupId: number, from: number): void {
    this.groups.set(groupId, { from, settled: new Set() });
  }

  dropGroup(groupId: number): void {
    this.groups.delete(groupId);
  }

  /** @returns what is open of it. */
  publish(drafts: readonly Draft[], logTimeMs: number, onlyFor?: number): readonly StoredMessage[] {
    return drafts
      .map((draft) => this.store(draft, logTimeMs, onlyFor))
      .filter(({ sequence }) => this.isOpen(sequence));
  }

  /** The first delayed ones are due. @returns what is open now. */
  mature(count: number): readonly StoredMessage[] {
    return [...this.delayed].slice(0, count).map((sequence) => {
      this.delayed.delete(sequence);
      const message = this.stored.get(sequence);
      invariant(message !== undefined, 'what is delayed is stored');
      if (message.key === null) return message;
      this.dropFrom(this.byKey.get(message.key), sequence);
      const later = { ...message, keyOrder: ++this.lastOrder };
      this.stored.set(sequence, later);
      const ofPriority = this.byPriority.get(message.priority) ?? [];
      ofPriority[ofPriority.indexOf(message)] = later;
      this.byKey.get(message.key)?.push(later);
      return later;
    });
  }

  /** Past their ttl, and open: they are not read by cursors any more. */
  expire(logTimeMs: number): readonly StoredMessage[] {
    const expired = [...this.stored.values()].filter(
      ({ sequence, expiresAtMs }) =>
        this.isOpen(sequence) &&
        !this.expiredOnes.has(sequence) &&
        expiresAtMs !== null &&
        expiresAtMs <= logTimeMs,
    );
    for (const { sequence } of expired) this.expiredOnes.add(sequence);
    return expired;
  }

  /** Past their ttl, and there still. */
  get held(): readonly StoredMessage[] {
    return this.all().filter(({ sequence }) => this.expiredOnes.has(sequence));
  }

  isSettledByAll(sequence: number): boolean {
    return [...this.groups.keys()].every((groupId) => this.hasSettled(groupId, sequence));
  }

  remove(sequence: number): void {
    const message = this.stored.get(sequence);
    if (message === undefined) return;
    this.stored.delete(sequence);
    this.delayed.delete(sequence);
    this.expiredOnes.delete(sequence);
    for (const { settled } of this.groups.values()) settled.delete(sequence);
    this.dropFrom(this.byPriority.get(message.priority), sequence);
    if (message.key !== null) this.dropFrom(this.byKey.get(message.key), sequence);
  }

  all(): readonly StoredMessage[] {
    return [...this.stored.values()].sort((one, other) => one.sequence - other.sequence);
  }

  purge(): void {
    for (const { sequence } of this.all()) this.remove(sequence);
  }

  private store(draft: Draft, logTimeMs: number, onlyFor?: number): StoredMessage {
    const sequence = ++this.lastSequence;
    const message: StoredMessage = {
      sequence,
      priority: draft.priority ?? 4,
      bytes: draft.bytes ?? 1,
      publishedAtMs: logTimeMs,
      key: draft.key ?? null,
      keyOrder: ++this.lastOrder,
      expiresAtMs: draft.expiresAtMs ?? null,
    };
    this.stored.set(sequence, message);
    listIn(this.byPriority, message.priority).push(message);
    if (message.key !== null) listIn(this.byKey, message.key).push(message);
    if (draft.delayed === true) this.delayed.add(sequence);
    for (const [groupId, { settled }] of onlyFor === undefined ? [] : this.groups) {
      if (groupId !== onlyFor) settled.add(sequence);
    }
    return message;
  }

  private *ofPriority(priority: number, from: number): Generator<StoredMessage, void> {
    const messages = this.byPriority.get(priority) ?? [];
    let at = 0;
    for (let to = messages.length; at < to;) {
      const middle = (at + to) >>> 1;
      if ((messages[middle]?.sequence ?? 0) < from) at = middle + 1;
      else to = middle;
    }
    for (; at < messages.length; at += 1) {
      const message = messages[at];
      if (message !== undefined) yield message;
    }
  }

  private isOpen(sequence: number): boolean {
    return this.stored.has(sequence) && !this.delayed.has(sequence);
  }

  private dropFrom(messages: StoredMessage[] | undefined, sequence: number): void {
    const at = messages?.findIndex((message) => message.sequence === sequence) ?? -1;
    if (at !== -1) messages?.splice(at, 1);
  }

  private group(groupId: number): { readonly from: number; settled: Set<number> } {
    const group = this.groups.get(groupId);
    invariant(group !== undefined, 'the group was added', { groupId });
    return group;
  }
}

function listIn<Key>(lists: Map<Key, StoredMessage[]>, key: Key): StoredMessage[] {
  let list = lists.get(key);
  if (list === undefined) lists.set(key, (list = []));
  return list;
}
