import { TOPICS_LABELLED_MAX } from './limits.js';

/** The label that stands for all topics that have none of their own, and for their groups. */
export const OTHER = 'other';

/** Which topics have labels: the first ones, for as long as the process lives. */
export class TopicLabels {
  private readonly labelled = new Set<string>();

  of(topic: string): { readonly topic: string } {
    return { topic: this.has(topic) ? topic : OTHER };
  }

  ofGroup(topic: string, group: string): { readonly topic: string; readonly group: string } {
    return this.has(topic) ? { topic, group } : { topic: OTHER, group: OTHER };
  }

  /** Whether it has labels of its own: from now on, if there are any left. */
  has(topic: string): boolean {
    if (this.labelled.has(topic)) return true;
    if (this.labelled.size >= TOPICS_LABELLED_MAX) return false;
    this.labelled.add(topic);
    return true;
  }
}
