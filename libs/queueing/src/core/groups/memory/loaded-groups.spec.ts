import { WINDOW_MESSAGES } from '../../limits.js';
import { ENTRIES_LOADED_MAX, GROUPS_LOADED_MAX, WINDOWS_PER_SHARD_MAX } from '../limits.js';
import { MemoryMessages } from '../testing/memory-messages.js';
import { CursorWindows } from './cursor-windows.js';
import { GroupMemory } from './group-memory.js';
import { LoadedGroups, type Loaded } from './loaded-groups.js';

/** A group whose windows hold what has been published, once it looks. */
class GroupAtHand implements Loaded {
  loaded: GroupMemory | undefined;

  constructor(private readonly messages: MemoryMessages) {}

  load(): GroupMemory {
    const open = (priority: number, from: number, limit: number) =>
      this.messages.open(1, priority, from, limit);
    const cursors = Array.from({ length: 10 }, () => 1);
    const memory = new GroupMemory(new CursorWindows(cursors, open));
    memory.windows.next(4);
    this.loaded = memory;
    return memory;
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

  it('drops groups beyond so many messages in flight', () => {
    const loaded = new LoadedGroups();
    const messages = messagesOf(1);
    const inFlight = ENTRIES_LOADED_MAX / 2;
    const groups = [1, 2, 3].map(() => new GroupAtHand(messages));
    for (const group of groups) {
      jest.spyOn(group.load(), 'count', 'get').mockReturnValue(inFlight);
      loaded.used(group);
      loaded.used(group);
    }
    expect([loaded.count, loaded.inFlight]).toEqual([2, 2 * inFlight]);
    expect(groups.map(({ loaded: memory }) => memory !== undefined)).toEqual([false, true, true]);
    for (const group of groups) loaded.forget(group);
    expect([loaded.count, loaded.inFlight]).toEqual([0, 0]);
  });

  it('counts those that a command looked at, and did not change', () => {
    const loaded = new LoadedGroups();
    const messages = messagesOf(1);
    const [one, two, three] = [1, 2, 3].map(() => new GroupAtHand(messages));
    for (const group of [one, two, three]) {
      if (group === undefined) continue;
      jest.spyOn(group.load(), 'count', 'get').mockReturnValue(ENTRIES_LOADED_MAX);
      loaded.add(group);
    }
    expect(loaded.inFlight).toBe(3 * ENTRIES_LOADED_MAX);
    if (two !== undefined) loaded.used(two);
    expect(loaded.inFlight).toBe(ENTRIES_LOADED_MAX);
    expect([one?.loaded, three?.loaded]).toEqual([undefined, undefined]);
  });
});
