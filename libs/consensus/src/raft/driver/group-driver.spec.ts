import { encodeBatch } from '../../group/command.js';
import { logIndex, term } from '../core/identifiers.js';
import {
  ENTRY_COMMANDS_MAX,
  GATHERED_COMMANDS_MAX,
  PROPOSALS_MAX,
  QUIET_AFTER_TICKS,
} from './limits.js';
import { command, DriverBench, NOW, PROPOSER } from './testing/driver-bench.js';

describe('GroupDriver', () => {
  it('answers a proposal when its entry is applied, not before', () => {
    const bench = DriverBench.leading();
    bench.propose();
    bench.run();
    expect(bench.outcomes).toEqual([]);
    bench.commit(2);
    expect(bench.outcomes).toEqual(['applied']);
  });

  it('says refused, and nothing else, of what was not appended', () => {
    const bench = DriverBench.leading();
    bench.raft.refusal = { kind: 'refused', reason: 'noQuorum' };
    bench.propose();
    bench.propose();
    expect(bench.outcomes).toEqual([]);
    bench.run();
    expect(bench.outcomes).toEqual(['refused', 'refused']);
  });

  it('says lost, once, of what was appended when the leadership ends', () => {
    const bench = DriverBench.leading();
    bench.propose();
    bench.run();
    bench.depose(term(2));
    bench.run();
    expect(bench.outcomes).toEqual(['lost']);
    bench.commit(2);
    expect(bench.outcomes).toEqual(['lost']);
  });

  it('answers what the next leader has committed before it gives the rest up', () => {
    const bench = DriverBench.leading();
    bench.propose();
    bench.run();
    bench.propose();
    bench.run();
    bench.depose(term(2));
    bench.commit(2);
    expect(bench.outcomes).toEqual(['applied', 'lost']);
  });

  // Breaks otherwise: the outcome of another leader's entry is taken for that of the own one.
  it('an entry of another term at the same place does not answer', () => {
    const bench = DriverBench.leading();
    bench.propose();
    bench.run();
    bench.depose(term(2));
    bench.raft.log.length = 1;
    bench.raft.append('commands', encodeBatch([command(1, 'of another leader')]));
    bench.commit(2);
    expect(bench.outcomes).toEqual(['lost']);
  });

  it('gathers the proposals of a turn into entries of bounded size', () => {
    const bench = DriverBench.leading();
    for (let count = 0; count <= ENTRY_COMMANDS_MAX; count += 1) bench.propose();
    bench.run();
    expect(bench.raft.log).toHaveLength(3);
    bench.commit(3);
    expect(bench.outcomes).toEqual(Array.from({ length: ENTRY_COMMANDS_MAX }, () => 'applied'));
    bench.run();
    expect(bench.outcomes).toHaveLength(ENTRY_COMMANDS_MAX + 1);
  });

  it('gathers what arrives while an entry is on its way to a majority', () => {
    const bench = DriverBench.leading();
    bench.propose();
    bench.run();
    bench.raft.committing = true;
    bench.propose();
    bench.propose();
    bench.run();
    expect(bench.raft.log).toHaveLength(2);
    bench.raft.committing = false;
    bench.commit(2);
    expect(bench.raft.log).toHaveLength(3);
    bench.commit(3);
    expect(bench.outcomes).toEqual(['applied', 'applied', 'applied']);
  });

  // Breaks otherwise: a slow majority makes a few commands an answer's time.
  it('gathers a bounded number of commands behind an entry under way', () => {
    const bench = DriverBench.leading();
    bench.raft.committing = true;
    for (let count = 1; count < GATHERED_COMMANDS_MAX; count += 1) bench.propose();
    bench.run();
    expect(bench.raft.log).toHaveLength(1);
    bench.propose();
    bench.run();
    expect(bench.raft.log).toHaveLength(2);
  });

  it('bounds what is under way, and takes more when it is answered', () => {
    const bench = DriverBench.leading();
    for (let count = 0; count < PROPOSALS_MAX; count += 1) bench.propose();
    bench.propose();
    expect(bench.outcomes).toEqual(['refused']);
    bench.run();
    bench.depose(term(2));
    bench.run();
    expect(bench.outcomes).toHaveLength(PROPOSALS_MAX + 1);
    bench.propose();
    expect(bench.outcomes).toHaveLength(PROPOSALS_MAX + 1);
  });

  it('a read is ready when the state has applied its index', () => {
    const bench = DriverBench.leading();
    bench.propose();
    bench.read();
    bench.run();
    const [id] = bench.raft.readsAsked;
    if (id === undefined) throw new Error('no read was asked for');
    bench.raft.confirmed.push({ id, readIndex: logIndex(2) });
    bench.run();
    expect(bench.outcomes).toEqual([]);
    bench.commit(2);
    expect(bench.outcomes).toEqual(['applied', 'ready']);
  });

  it('reads of one turn share a round; all end when the leadership does', () => {
    const bench = DriverBench.leading();
    bench.read();
    bench.read();
    bench.run();
    expect(bench.raft.readsAsked).toHaveLength(1);
    bench.raft.lost.push(...bench.raft.readsAsked);
    bench.depose(term(2));
    bench.read();
    bench.run();
    expect(bench.outcomes).toEqual(['refused', 'refused', 'refused']);
  });

  it('duties begin with the first entry of the term and end with the role', () => {
    const bench = new DriverBench();
    bench.raft.append('noop');
    bench.run();
    expect([bench.driver.leads, bench.told]).toEqual([false, []]);
    bench.commit(1);
    bench.propose();
    bench.run();
    bench.commit(2);
    bench.depose(term(2));
    bench.run();
    expect([bench.driver.leads, bench.told]).toEqual([false, ['start 1', 'observe', 'stop']]);
  });

  it('tells the duties what was refused, and not what was lost', () => {
    const bench = DriverBench.leading();
    bench.driver.tick(NOW);
    bench.raft.refusal = { kind: 'refused', reason: 'noQuorum' };
    bench.run();
    expect(bench.told).toEqual(['start 1', 'refused due']);
    bench.raft.refusal = null;
    bench.driver.tick(NOW);
    bench.run();
    bench.depose(term(2));
    bench.run();
    expect(bench.told).toEqual(['start 1', 'refused due', 'stop']);
  });

  it("runs after the tick of a leader, and of one whose office ends with it, not after a follower's", () => {
    const bench = new DriverBench();
    bench.raft.append('noop');
    // Breaks otherwise: who proposed to a leader that had applied nothing yet hears of its end too late.
    bench.raft.ticked = () => bench.depose(term(2));
    bench.propose();
    expect(bench.driver.tick(NOW)).toBe(true);
    bench.raft.ticked = () => {};
    bench.run();
    expect([bench.outcomes.length, bench.driver.tick(NOW)]).toEqual([1, false]);
  });

  it('refuses nothing while a leader that was quiet waits to be answered, however much arrives', () => {
    const bench = DriverBench.leading();
    bench.due = [];
    let heard = true;
    bench.raft.leadership = {
      termStartIndex: 1,
      replication: { snapshotTargets: () => [] },
      quiet: true,
      hearsMajority: () => heard,
    };
    for (let beat = 1; beat <= QUIET_AFTER_TICKS + 2; beat += 1) bench.driver.tick(NOW, 0, beat);
    bench.run();
    heard = false;
    bench.raft.refusal = { kind: 'refused', reason: 'noQuorum' };
    for (let count = 0; count < 2 * GATHERED_COMMANDS_MAX; count += 1) bench.propose();
    bench.run();
    expect(bench.outcomes).toEqual([]);
    heard = true;
    bench.raft.refusal = null;
    bench.run();
    bench.commit(bench.raft.log.length);
    expect(new Set(bench.outcomes)).toEqual(new Set(['applied']));
  });

  it('applies nothing while the store is saturated, and a bounded part in a turn', () => {
    const bench = DriverBench.leading();
    for (let count = 0; count < 100; count += 1) bench.raft.append('noop');
    bench.raft.applicableIndex = 101;
    bench.state.saturated = true;
    expect([bench.run(), bench.state.appliedIndex]).toEqual([false, 1]);
    bench.state.saturated = false;
    expect([bench.run(), bench.state.appliedIndex]).toEqual([true, 65]);
    expect([bench.run(), bench.state.appliedIndex]).toEqual([false, 101]);
  });

  // Breaks otherwise: entries of a loaded group, applied by one that catches up, stop its node for seconds.
  it('applies a bounded number of commands in a turn, to the end of an entry', () => {
    const bench = DriverBench.leading();
    const fifty = encodeBatch(Array.from({ length: 50 }, (_, at) => command(at + 1, 'x')));
    for (let count = 0; count < 7; count += 1) bench.raft.append('commands', fifty);
    bench.raft.applicableIndex = 8;
    expect([bench.run(), bench.state.appliedIndex]).toEqual([true, 4]);
    expect([bench.run(), bench.state.appliedIndex]).toEqual([true, 7]);
    expect([bench.run(), bench.state.appliedIndex]).toEqual([false, 8]);
  });

  it('proposes what follows from the start, and from what was applied, in the next run', () => {
    const bench = new DriverBench();
    bench.raft.append('noop');
    bench.wanted = ['after the start'];
    bench.raft.applicableIndex = 1;
    expect([bench.run(), bench.raft.log.length]).toEqual([true, 1]);
    expect([bench.run(), bench.raft.log.length]).toEqual([false, 2]);
    bench.wanted = ['after it'];
    expect([bench.run(), bench.wanted]).toEqual([false, ['after it']]);
    bench.raft.applicableIndex = 2;
    expect([bench.run(), bench.run(), bench.raft.log.length]).toEqual([true, false, 3]);
    bench.commit(3);
    expect(bench.applied).toEqual(['after the start', 'after it']);
  });

  it('asks again at the next heartbeat for what was refused, and asks no follower', () => {
    const bench = DriverBench.leading();
    bench.told.length = 0;
    bench.raft.append('noop');
    bench.wanted = ['sweep'];
    bench.commit(2);
    bench.raft.refusal = { kind: 'refused', reason: 'noQuorum' };
    expect([bench.run(), bench.told]).toEqual([false, ['refused sweep']]);
    bench.wanted = ['sweep'];
    expect([bench.run(), bench.wanted.length]).toEqual([false, 1]);
    bench.driver.tick(NOW);
    expect([bench.run(), bench.wanted.length]).toEqual([true, 0]);
    bench.wanted = ['sweep'];
    bench.depose(term(2));
    bench.driver.tick(NOW);
    bench.run();
    expect(bench.wanted).toEqual(['sweep']);
  });

  it('gives notices while it leads only', () => {
    const bench = DriverBench.leading();
    const notice = { proposer: PROPOSER.id, body: 'granted' };
    bench.notices = [notice];
    bench.run();
    expect(bench.driver.takeNotices()).toEqual([{ machine: 'm', notice }]);
    bench.notices = [notice];
    bench.depose(term(2));
    bench.run();
    expect(bench.driver.takeNotices()).toEqual([]);
  });
});
