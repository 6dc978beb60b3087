import { NO_MEMBERS } from '@sinkron/consensus';
import type { GroupStatus } from '../status-event.js';
import { StatusBoard } from './status-board.js';

const group = (id: string, commitIndex: number, leader: string | null = 'node2'): GroupStatus => {
  return { id, term: 1, leader, commitIndex, appliedIndex: commitIndex, members: NO_MEMBERS };
};

describe('StatusBoard', () => {
  let board: StatusBoard;
  beforeEach(() => {
    board = new StatusBoard();
    const groups = [group('a', 1), group('b', 1)];
    expect(board.tell('node2', { groups, complete: true, beat: 5, sentMs: 100 })).toBe('whole');
  });

  const tell = (beat: number, sentMs: number, ...groups: readonly GroupStatus[]): string =>
    board.tell('node2', { groups, complete: false, beat, sentMs });

  it('keeps what an event does not name, and takes it as said again', () => {
    expect(tell(6, 200, group('b', 7))).toBe('whole');
    expect(board.groupsOf('node2')).toEqual([group('a', 1), group('b', 7)]);
    expect(board.leaderSilenceMs('node2', 'a', 250)).toBe(50);
  });

  // Breaks otherwise: the event with which node2 ceased to lead is lost, the next ones do not name the group, and
  // this node believes for ever that node2 says that it leads.
  it('takes nothing as said again behind a gap, until all is told', () => {
    expect(tell(7, 300, group('b', 7))).toBe('gap');
    expect(tell(8, 400)).toBe('gap');
    expect(board.of('node2', 'b')?.commitIndex).toBe(7);
    expect(board.leaderSilenceMs('node2', 'a', 450)).toBe(350);
    const groups = [group('b', 7)];
    expect(board.tell('node2', { groups, complete: true, beat: 9, sentMs: 500 })).toBe('whole');
    expect([board.groupsOf('node2'), board.leaderSilenceMs('node2', 'b', 550)]).toEqual([
      groups,
      50,
    ]);
    expect(tell(10, 600)).toBe('whole');
  });

  it('knows nothing for certain of a peer that begins with a change', () => {
    const groups = [group('a', 1, 'node3')];
    expect(board.tell('node3', { groups, complete: false, beat: 3, sentMs: 100 })).toBe('gap');
    expect(board.leaderSilenceMs('node3', 'a', 100)).toBeNull();
    expect(board.of('node3', 'a')).toEqual(groups[0]);
  });

  it('forgets who is no peer any more', () => {
    board.follow(new Set());
    expect([board.groupsOf('node2'), board.newest().size]).toEqual([[], 0]);
  });
});
