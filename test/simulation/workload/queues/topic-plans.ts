import type { Prng } from '../../random/prng.js';
import { SAFE_WINDOW_MS, type QueueOptions, type TopicPlan } from './queue-options.js';

/** Deduplication ids of a topic that somebody may use once more. */
const IDS_REMEMBERED = 20;

/** What clients tell each other of their topics, as colleagues would. */
export class TopicPlans {
  private readonly made: TopicPlan[] = [];
  private readonly backlogs = new Map<string, number>();
  private readonly ids = new Map<string, string[]>();

  constructor(private readonly options: QueueOptions) {}

  /** The topic and its groups are there. */
  ready(plan: TopicPlan): void {
    this.made.push(plan);
  }

  pick(random: Prng): TopicPlan | null {
    return this.made.length === 0 ? null : random.pick(this.made);
  }

  plan(topic: string): TopicPlan | undefined {
    return this.made.find((plan) => plan.topic === topic);
  }

  all(): readonly TopicPlan[] {
    return this.made;
  }

  /** Messages were published, or acknowledged in one group (negative). */
  count(topic: string, messages: number): void {
    this.backlogs.set(topic, (this.backlogs.get(topic) ?? 0) + messages);
  }

  /** Whether enough messages wait in the topic. */
  isFull({ topic, groups }: TopicPlan): boolean {
    return (this.backlogs.get(topic) ?? 0) / groups.length >= this.options.backlogMax;
  }

  /** Whether an id is remembered for as long as the run goes on. */
  remembersAll({ configuration }: TopicPlan): boolean {
    return configuration.deduplicationWindowMs >= SAFE_WINDOW_MS;
  }

  /** A publish with this id has ended: nobody sends it again. */
  used(topic: string, id: string): void {
    const ids = this.ids.get(topic) ?? [];
    ids.push(id);
    if (ids.length > IDS_REMEMBERED) ids.shift();
    this.ids.set(topic, ids);
  }

  usedId(topic: string, random: Prng): string | null {
    const ids = this.ids.get(topic);
    return ids === undefined ? null : random.pick(ids);
  }
}
