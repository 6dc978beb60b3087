import { PROPOSER_WINDOW, type CommandId } from '@sinkron/consensus';
import { GroupProposer } from './group-proposer.js';

function next(proposer: GroupProposer): CommandId {
  const id = proposer.next();
  if (id === undefined) throw new Error('the window is full');
  return id;
}

describe('GroupProposer', () => {
  it('acknowledges below the oldest command under way', () => {
    const proposer = new GroupProposer('node1', 'x');
    const one = next(proposer);
    const two = next(proposer);
    expect([one.sequence, one.acknowledgedBelow]).toEqual([1, 1]);
    expect([two.sequence, two.acknowledgedBelow]).toEqual([2, 1]);
    proposer.settle(two);
    expect(next(proposer).acknowledgedBelow).toBe(1);
    proposer.settle(one);
    expect(next(proposer).acknowledgedBelow).toBe(3);
  });

  it('has at most a window of commands between the oldest under way and the newest', () => {
    const proposer = new GroupProposer('node1', 'x');
    const oldest = next(proposer);
    for (let count = 1; count < PROPOSER_WINDOW; count += 1) proposer.settle(next(proposer));
    expect(proposer.next()).toBeUndefined();
    proposer.settle(oldest);
    expect(next(proposer).sequence).toBe(PROPOSER_WINDOW + 1);
  });
});
