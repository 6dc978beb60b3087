import { WINDOW_MESSAGES } from '../../limits.js';
import { GROUPS_LOADED_MAX, WINDOWS_PER_SHARD_MAX } from '../limits.js';
import { MemoryMessages } from '../testing/memory-messages.js';
import { CursorWindows } from './cursor-windows.js';
import { GroupMemory } from './group-memory.js';
import { LoadedGroups, type Loaded } from './loaded-groups.js';

/** A group whose windows hold what has been published, once it looks. */
class GroupAtHand implements Loaded {
  loaded: GroupMemory | undefined;

  constructor(private readonly messages: MemoryMessages) {}

  load(): void {
    const open = (priority: number, from: number, limit: number) =>
      this.messages.open(1, priority, from, limit);
    const cursors = Array.from({ length: 10 }, () => 1);
    this.loaded = new GroupMemory(new CursorWindows(cursors, open));
    this.loaded.windows.next(4);
  }

  unload(): void {
    this.loaded = undefined;
  }
}

function messagesOf(count: number): MemoryMessages {
  const messages = new MemoryMessages();
  messages.addGroup(1, 1);
  messages.publish(
    Array.from({ length: count }, () => ({})),
    0,
  );
  return messages;
}

describe('LoadedGroups', () => {
  it('drops the group that was used least recently, beyond so many groups', () => {
    const loaded = new LoadedGroups();
    const messages = messagesOf(1);
    const groups = Array.from({ length: GROUPS_LOADED_MAX }, () => new GroupAtHand(messages));
    for (const group of groups) {
      group.load();
      loaded.used(group);
    }
    expect([loaded.count, loaded.windowed]).toEqual([GROUPS_LOADED_MAX, GROUPS_LOADED_MAX]);
    const [first, second] = groups;
    if (first !== undefined) loaded.used(first);
    const another = new GroupAtHand(messages);
    another.load();
    loaded.used(another);
    expect(loaded.count).toBe(GROUPS_LOADED_MAX);
    expect(
      [first?.loaded, second?.loaded, another.loaded].map((memory) => memory !== undefined),
    ).toEqual([true, false, true]);
  });

  it('drops groups beyond so many messages in their windows', () => {
    const loaded = new LoadedGroups();
    const messages = messagesOf(2 * WINDOW_MESSAGES);
    const groups = Array.from({ length: 100 }, () => new GroupAtHand(messages));
    for (const group of groups) {
      group.load();
      loaded.used(group);
      expect(loaded.windowed).toBeLessThanOrEqual(WINDOWS_PER_SHARD_MAX);
    }
    expect(loaded.count).toBe(WINDOWS_PER_SHARD_MAX / WINDOW_MESSAGES);
    for (const group of groups) loaded.forget(group);
    expect([loaded.count, loaded.windowed]).toEqual([0, 0]);
  });
});
