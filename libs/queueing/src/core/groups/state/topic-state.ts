import type { TopicGroupsOptions } from '../terms.js';
import type { GroupState } from './group-state.js';

/** The groups of a topic, and what they share. */
export class TopicState {
  /** In the order of their ids, which is the order in which they came. */
  readonly groups = new Map<string, GroupState>();

  constructor(readonly options: TopicGroupsOptions) {}

  /** Open messages that all groups had settled are gone. */
  removedSettled(count: number): void {
    if (count === 0) return;
    for (const group of this.groups.values()) {
      group.record.settledOpen -= count;
      group.changed = true;
    }
  }

  /** Writes what has changed. At the end of each command. */
  flush(): void {
    for (const group of this.groups.values()) group.flush();
  }
}
