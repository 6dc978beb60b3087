import { configuration } from '../../membership/configuration.js';
import { replicaId } from '../../identifiers.js';
import { Ballot } from './ballot.js';

const [a, b, c, stranger] = ['a', 'b', 'c', 'z'].map(replicaId);
const members = configuration(['a', 'b', 'c'].map(replicaId));

function ballot(...votes: readonly (readonly [typeof a, boolean])[]): Ballot {
  const cast = new Ballot();
  votes.forEach(([from, granted], position) => {
    if (from !== undefined) cast.record(from, granted, 100 + position);
  });
  return cast;
}

describe('Ballot', () => {
  it('is won, lost or pending by a majority of the voters', () => {
    expect(ballot().result(members)).toBe('pending');
    expect(ballot([a, true]).result(members)).toBe('pending');
    expect(ballot([a, true], [b, true]).result(members)).toBe('won');
    expect(ballot([a, true], [b, false]).result(members)).toBe('pending');
    expect(ballot([a, false], [b, false]).result(members)).toBe('lost');
  });

  it('counts the first answer of a replica', () => {
    expect(ballot([a, true], [b, false], [b, true]).result(members)).toBe('pending');
    expect(ballot([a, true], [a, true]).result(members)).toBe('pending');
  });

  it('does not count strangers', () => {
    expect(ballot([a, true], [stranger, true]).result(members)).toBe('pending');
  });

  it('keeps the wall clocks that came with the first answers, refusals too', () => {
    const cast = ballot([a, true], [b, false], [b, true], [c, true]);
    expect([...cast.wallMs.values()]).toEqual([100, 101, 103]);
  });
});
