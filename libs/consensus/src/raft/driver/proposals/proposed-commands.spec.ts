import { MalformedError } from '../../../codec/tuple.js';
import { encodeBatch, encodeCommand } from '../../../group/command.js';
import { term } from '../../core/identifiers.js';
import { PROPOSALS_MAX } from '../limits.js';
import { command, DriverBench, OPENING } from '../testing/driver-bench.js';

describe('ProposedCommands, behind a driver', () => {
  // Breaks otherwise: callers that repeat themselves make a slow leader slower.
  it('a copy of a command under way is not appended again, and shares its outcome', () => {
    const bench = DriverBench.leading();
    bench.propose(1);
    bench.propose(1);
    bench.run();
    bench.propose(1);
    bench.propose(2);
    bench.run();
    expect([bench.raft.log.length, bench.outcomes]).toEqual([3, []]);
    bench.commit(2);
    expect(bench.outcomes).toEqual(['applied', 'applied', 'applied']);
    bench.propose(1);
    bench.run();
    expect(bench.raft.log).toHaveLength(4);
    bench.commit(4);
    expect(bench.outcomes).toHaveLength(5);
  });

  it('copies are refused and lost together with the command', () => {
    const bench = DriverBench.leading();
    bench.raft.refusal = { kind: 'refused', reason: 'noQuorum' };
    bench.propose(1);
    bench.propose(1);
    bench.run();
    bench.raft.refusal = null;
    bench.propose(1);
    bench.run();
    bench.propose(1);
    bench.depose(term(2));
    bench.run();
    expect(bench.outcomes).toEqual(['refused', 'refused', 'lost', 'lost']);
  });

  it('copies count as what is under way, and are all answered', () => {
    const bench = DriverBench.leading();
    for (let count = 0; count < PROPOSALS_MAX; count += 1) bench.propose(1);
    bench.propose(1);
    expect(bench.outcomes).toEqual(['refused']);
    bench.run();
    bench.commit(2);
    expect(bench.outcomes).toHaveLength(PROPOSALS_MAX + 1);
    bench.propose(1);
    expect(bench.outcomes).toHaveLength(PROPOSALS_MAX + 1);
  });

  it('applies what the entry says when another leader has written it', () => {
    const bench = DriverBench.leading();
    bench.propose(1, 'own');
    bench.run();
    bench.raft.term = term(2);
    bench.raft.log.length = 1;
    bench.raft.append('commands', encodeBatch([command(1, 'of another leader')]));
    bench.commit(2);
    expect([bench.applied, bench.outcomes]).toEqual([['of another leader'], ['lost']]);
  });

  // Breaks otherwise: it is committed, and every replica stops when it applies it.
  it.each([
    ['bytes that are no command', new Uint8Array([1])],
    ['a command without an id', encodeCommand({ ...OPENING, machine: 'm' })],
    ['a command for an unknown machine', encodeCommand({ ...OPENING, machine: 'other' })],
    ['a command of the leader', encodeCommand({ ...OPENING, body: ['close', 'node3:z', 7] })],
  ])('does not propose %s', (_what, bytes) => {
    const bench = DriverBench.leading();
    expect(() => bench.driver.propose(bytes, () => {})).toThrow(MalformedError);
    bench.run();
    expect(bench.raft.log).toHaveLength(1);
  });
});
