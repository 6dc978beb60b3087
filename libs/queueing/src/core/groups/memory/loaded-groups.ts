import { ENTRIES_LOADED_MAX, GROUPS_LOADED_MAX, WINDOWS_PER_SHARD_MAX } from '../limits.js';
import type { GroupMemory } from './group-memory.js';

/** A group whose memory can be dropped. */
export interface Loaded {
  /** Undefined while it is not loaded. */
  readonly loaded: GroupMemory | undefined;
  unload(): void;
}

/** Which groups of a shard are in memory, so that those used least recently can be dropped. */
export class LoadedGroups {
  /** The one used last is the last. */
  private readonly groups = new Set<Loaded>();
  private windowMessages = 0;
  private entries = 0;

  /** How many are in memory. */
  get count(): number {
    return this.groups.size;
  }

  /** Messages in their windows. */
  get windowed(): number {
    return this.windowMessages;
  }

  /** Messages in flight in them. */
  get inFlight(): number {
    return this.entries;
  }

  /** The group is in memory now, maybe in the midst of a command: nothing is dropped yet. */
  add(group: Loaded): void {
    this.groups.add(group);
    this.recount(group);
  }

  /** The group was used: between commands only, since it may cost others their memory. */
  used(group: Loaded): void {
    this.recount(group);
    this.groups.delete(group);
    if (group.loaded === undefined) return;
    this.groups.add(group);
    for (const oldest of this.groups) {
      if (oldest === group || !this.isFull) break;
      this.forget(oldest);
    }
  }

  forget(group: Loaded): void {
    this.windowMessages -= group.loaded?.windowsCounted ?? 0;
    this.entries -= group.loaded?.entriesCounted ?? 0;
    this.groups.delete(group);
    group.unload();
  }

  /** What is held may have changed. */
  recount({ loaded }: Loaded): void {
    if (loaded === undefined) return;
    this.windowMessages += loaded.windows.count - loaded.windowsCounted;
    loaded.windowsCounted = loaded.windows.count;
    this.entries += loaded.count - loaded.entriesCounted;
    loaded.entriesCounted = loaded.count;
  }

  private get isFull(): boolean {
    return (
      this.groups.size > GROUPS_LOADED_MAX ||
      this.windowMessages > WINDOWS_PER_SHARD_MAX ||
      this.entries > ENTRIES_LOADED_MAX
    );
  }
}
