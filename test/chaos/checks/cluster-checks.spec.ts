import type { Sample } from '../observe/sampler.js';
import { checkKept, checkLeaders, checkProgress, checkWaiters } from './cluster-checks.js';
import { granted, lost } from './records.js';

function sample(nodeId: string, leader: string | null, term: number): Sample {
  return { at: 0, nodeId, state: 'running', leader, term };
}

describe('checks of the cluster', () => {
  it('finds two leaders of one term', () => {
    const samples = [sample('node1', 'node1', 3), sample('node2', 'node1', 3)];
    expect(checkLeaders([...samples, sample('node3', 'node3', 4)]).violations).toEqual([]);
    expect(checkLeaders([...samples, sample('node3', 'node3', 3)]).violations).toEqual([
      'term 3 is led by node1 and by node3',
    ]);
    expect(checkLeaders([sample('node1', null, 0), sample('node2', 'node2', 0)]).seen).toBe(
      '1 terms',
    );
  });

  it('finds kept locks that are gone, or held by others, and asks for acknowledged ones only', () => {
    const held = (owner: string, token: number): object => [{ owner, token }];
    const listed = (name: string, holders: object): never =>
      ({ name, holders, queue: [] }) as never;
    const records = [granted([0, 10], 'kept-1', 'a', 1), lost(20, 'kept-2', 'a')];
    expect(checkKept(records, [listed('kept-1', held('a', 1))])).toMatchObject({
      seen: '1 locks kept to the end',
      violations: [],
    });
    expect(checkKept(records, []).violations).toEqual([
      'kept-1 (token 1, acknowledged at 10 ms) is held by []',
    ]);
    expect(checkKept(records, [listed('kept-1', held('a', 2))]).violations).toHaveLength(1);
    expect(checkKept([granted([0, 10], 'mutex-1', 'a', 1)], []).violations).toEqual([]);
  });

  it('finds who still waits', () => {
    const lock = { name: 'x', holders: [], queue: ['a', 'b'] };
    expect(checkWaiters([lock]).violations).toEqual(['a,b still wait for x']);
  });

  it('finds a run that has proved nothing', () => {
    const records = [granted([0, 10], 'x', 'a', 1)];
    expect(checkProgress(records, ['node1'], 1).violations).toEqual([]);
    expect(checkProgress(records, ['node1', 'node2'], 0).violations).toEqual([
      'node2 has answered no grant',
      'the storage was never written to',
    ]);
  });
});
