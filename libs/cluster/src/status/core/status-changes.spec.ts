import { NO_MEMBERS } from '@sinkron/consensus';
import type { GroupStatus } from '../status-event.js';
import { COMPLETE_STATUS_BEATS } from './limits.js';
import { StatusChanges } from './status-changes.js';

const group = (id: string, changes: Partial<GroupStatus> = {}): GroupStatus => {
  const base = { id, term: 1, leader: 'node1', commitIndex: 5, appliedIndex: 5 };
  return { ...base, members: NO_MEMBERS, ...changes };
};

describe('StatusChanges', () => {
  let changes: StatusChanges;
  beforeEach(() => {
    changes = new StatusChanges();
    changes.begin([group('a'), group('b')]);
  });

  it('tells of all groups first, then of none, and of all again after a while', () => {
    expect(changes.for('node2')).toEqual({ groups: [group('a'), group('b')], complete: true });
    for (let beat = 1; beat < COMPLETE_STATUS_BEATS; beat += 1) {
      changes.begin([group('a'), group('b')]);
      expect(changes.for('node2')).toEqual({ groups: [], complete: false });
    }
    changes.begin([group('a'), group('b')]);
    expect(changes.for('node2').complete).toBe(true);
  });

  it.each<readonly [string, Partial<GroupStatus>]>([
    ['term', { term: 2 }],
    ['leader', { leader: null }],
    ['commit index', { commitIndex: 6 }],
    ['applied index', { appliedIndex: 4 }],
    ['members', { members: { ...NO_MEMBERS } }],
  ])('tells of a group with another %s, once', (_what, change) => {
    changes.begin([group('a'), group('b', change)]);
    expect(changes.for('node2')).toEqual({ groups: [group('b', change)], complete: false });
    expect(changes.for('node3').groups).toHaveLength(1);
    changes.begin([group('a'), group('b', change)]);
    expect(changes.for('node2').groups).toEqual([]);
  });

  it('tells of a new group alone, and of all that are left when one is gone', () => {
    changes.begin([group('a'), group('b'), group('c')]);
    expect(changes.for('node2')).toEqual({ groups: [group('c')], complete: false });
    changes.begin([group('a'), group('c')]);
    expect(changes.for('node2')).toEqual({ groups: [group('a'), group('c')], complete: true });
    changes.begin([group('a'), group('d')]);
    expect(changes.for('node2').complete).toBe(true);
  });

  it('tells one that has missed something of all, once', () => {
    changes.missed('node2');
    changes.begin([group('a'), group('b')]);
    expect([changes.for('node2').complete, changes.for('node3').complete]).toEqual([true, false]);
    changes.begin([group('a'), group('b')]);
    expect(changes.for('node2').complete).toBe(false);
  });
});
