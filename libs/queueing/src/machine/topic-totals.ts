import { unreachable } from '@sinkron/invariant';
import type { TopicEffect } from '../core/topics/topic-effect.js';
import { COUNTED_MAX } from './limits.js';

/** Messages of one group, as often as it happened. */
export interface GroupTotals {
  delivered: number;
  redelivered: number;
  acked: number;
  deadLettered: number;
}

export interface TopicTotals {
  published: number;
  readonly groups: Map<string, GroupTotals>;
}

/** Counts what the entries did that were applied while this replica led. */
export class Totals {
  readonly topics = new Map<string, TopicTotals>();
  private groups = 0;

  observe(effect: TopicEffect): void {
    switch (effect.kind) {
      case 'published': {
        const topic = this.topic(effect.topic);
        if (topic !== undefined) topic.published += effect.messages;
        return;
      }
      case 'delivered': {
        const group = this.group(effect);
        if (group === undefined) return;
        group.delivered += effect.messages;
        group.redelivered += effect.redelivered;
        return;
      }
      case 'acked': {
        const group = this.group(effect);
        if (group !== undefined) group.acked += effect.messages;
        return;
      }
      case 'dead-lettered': {
        const group = this.group(effect);
        if (group !== undefined) group.deadLettered += 1;
        return;
      }
      case 'topic-deleted':
        this.groups -= this.topics.get(effect.topic)?.groups.size ?? 0;
        this.topics.delete(effect.topic);
        return;
      case 'changed':
      case 'due-done':
      case 'swept':
        return;
      default:
        unreachable(effect);
    }
  }

  private topic(name: string): TopicTotals | undefined {
    const known = this.topics.get(name);
    if (known !== undefined || this.topics.size >= COUNTED_MAX) return known;
    const totals: TopicTotals = { published: 0, groups: new Map() };
    this.topics.set(name, totals);
    return totals;
  }

  private group(of: { readonly topic: string; readonly group: string }): GroupTotals | undefined {
    const topic = this.topic(of.topic);
    const known = topic?.groups.get(of.group);
    if (topic === undefined || known !== undefined || this.groups >= COUNTED_MAX) return known;
    const totals: GroupTotals = { delivered: 0, redelivered: 0, acked: 0, deadLettered: 0 };
    topic.groups.set(of.group, totals);
    this.groups += 1;
    return totals;
  }
}
