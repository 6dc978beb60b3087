import type { Received } from '../core/commands/topic-result.js';
import {
  ack,
  configure,
  publish,
  publishMany,
  receive,
} from '../core/topics/testing/topic-commands.js';
import { TopicGroups } from '../core/groups/topic-groups.js';
import { MachineUnderTest } from './testing/machine-under-test.js';

function watch(proposer: string, wanted: number, group = 'g') {
  return { kind: 'watch', proposer, topic: 'a', group, wanted };
}

function notice(proposer: string, ready: number) {
  return { proposer, body: { topic: 'a', group: 'g', ready } };
}

/** A leader whose first second is over, with a topic and a group. */
function leader(): MachineUnderTest {
  const run = new MachineUnderTest().lead(3);
  run.apply(configure('a', { visibilityMs: 5_000 }));
  run.apply({ kind: 'create-group', topic: 'a', group: 'g', from: 'earliest' });
  run.passedMs = 1_000;
  run.notices();
  return run;
}

describe('TopicDuties, what is due', () => {
  it('proposes one entry when something is, and the next when that is applied', () => {
    const run = leader();
    expect(run.tick()).toEqual([]);
    run.apply(publish('a', { text: 'x', delayMs: 100 }));
    run.passedMs += 99;
    expect(run.tick()).toEqual([]);
    run.passedMs += 1;
    const due = { kind: 'due', term: 3 };
    expect(run.tick()).toEqual([due]);
    run.passedMs += 5_000;
    expect(run.tick()).toEqual([]);
    run.machine.duties.refused(due);
    expect(run.tick()).toEqual([due]);
    run.apply(due);
    expect(run.tick()).toEqual([]);
    expect(run.query({ kind: 'topic', topic: 'a' })).toMatchObject({ delayed: 0 });
  });

  it('goes on at once as long as something is left', () => {
    const run = leader();
    const { duties } = run.machine;
    for (let count = 0; count < 3; count += 1) {
      const drafts = Array.from({ length: 400 }, () => ({ text: 'x', delayMs: 10 }));
      run.apply(publish('a', ...drafts));
    }
    run.passedMs += 10;
    const due = { kind: 'due', term: 3 };
    expect(run.tick()).toEqual([due]);
    expect(duties.followUps()).toEqual([]);
    for (const delayed of [700, 200]) {
      run.apply(due);
      expect(run.query({ kind: 'topic', topic: 'a' })).toMatchObject({ delayed });
      expect(duties.followUps()).toEqual([due]);
      expect(run.tick()).toEqual([]);
    }
    run.apply(due);
    expect(run.query({ kind: 'topic', topic: 'a' })).toMatchObject({ delayed: 0 });
    expect(duties.followUps()).toEqual([]);
  });

  it('in the first second of a leader nothing is', () => {
    const run = new MachineUnderTest();
    run.apply(publish('a', { text: 'x', delayMs: 100 }));
    run.passedMs += 10_000;
    run.lead(4);
    run.passedMs += 999;
    expect(run.tick()).toEqual([]);
    run.passedMs += 1;
    expect(run.tick()).toEqual([{ kind: 'due', term: 4 }]);
    run.machine.duties.stop();
    expect(run.tick()).toEqual([]);
  });

  it('counts from the log time of what was applied, on a node whose wall clock is behind', () => {
    const run = new MachineUnderTest();
    run.apply(publish('a', { text: 'x', delayMs: 2_000 }));
    const { duties } = run.lead(4).machine;
    const tick = () => duties.tick({ monotonicMs: run.passedMs, wallMs: run.nowMs - 600_000 });
    run.passedMs += 1_999;
    expect(tick()).toEqual([]);
    run.passedMs += 1;
    expect(tick()).toEqual([{ kind: 'due', term: 4 }]);
  });

  it('asks an entry for the time where none was applied since the start', () => {
    const before = new MachineUnderTest();
    before.apply(publish('a', { text: 'x', delayMs: 5_000 }));
    const run = new MachineUnderTest(before.tables.copy()).lead(4);
    const tick = () =>
      run.machine.duties.tick({ monotonicMs: run.passedMs, wallMs: run.nowMs - 600_000 });
    const due = { kind: 'due', term: 4 };
    run.passedMs += 1_000;
    expect(tick()).toEqual([due]);
    run.apply(due);
    run.passedMs += 3_999;
    expect(tick()).toEqual([]);
    run.passedMs += 1;
    expect(tick()).toEqual([due]);
    run.apply(due);
    expect(run.query({ kind: 'topic', topic: 'a' })).toMatchObject({ delayed: 0 });
  });

  it('a wall clock ahead of log time is believed once a second only', () => {
    const run = leader();
    run.apply(publish('a', { text: 'x', delayMs: 1_000_000 }));
    const { duties } = run.machine;
    let proposed = 0;
    for (let tick = 0; tick < 50; tick += 1) {
      run.passedMs += 100;
      const ahead = { monotonicMs: run.passedMs, wallMs: run.nowMs + 2_000_000 };
      for (const command of duties.tick(ahead)) {
        proposed += 1;
        run.apply(command);
      }
    }
    expect(proposed).toBe(5);
  });
});

describe('TopicDuties, sweeps', () => {
  it('follow as long as something is left, one at a time', () => {
    const run = leader();
    const { duties } = run.machine;
    for (let count = 0; count < 1_100; count += 1) run.apply(publish('a', 'x'));
    expect(duties.followUps()).toEqual([]);
    run.apply({ kind: 'purge', topic: 'a' });
    let sweeps = 0;
    for (let next = duties.followUps(); next.length > 0; next = duties.followUps()) {
      expect(next).toEqual([{ kind: 'sweep' }]);
      expect(duties.followUps()).toEqual([]);
      sweeps += 1;
      run.apply(next[0]);
    }
    expect(sweeps).toBe(2);
    run.apply({ kind: 'delete-topic', topic: 'a' });
    expect(duties.followUps()).toEqual([{ kind: 'sweep' }]);
    duties.refused({ kind: 'sweep' });
    expect(duties.followUps()).toEqual([{ kind: 'sweep' }]);
  });
});

describe('TopicDuties, notices', () => {
  it('say what is ready to those who watch, in turn', () => {
    const run = leader();
    expect(run.request(watch('p1', 2))).toEqual({ ready: 0, missing: null });
    run.request(watch('p2', 2));
    run.request(watch('p3', 2));
    expect(run.notices()).toEqual([]);
    run.apply(publishMany('a', 3));
    expect(run.notices()).toEqual([notice('p1', 2), notice('p2', 1)]);
    expect(run.notices()).toEqual([]);
    // Nobody has come for them yet.
    run.tick();
    expect(run.notices()).toEqual([notice('p3', 2), notice('p1', 1)]);
    run.apply(receive('a', 'g', 3));
    run.tick();
    expect(run.notices()).toEqual([]);
  });

  it('come again only of topics where somebody was told something, or has just begun to watch', () => {
    const run = leader();
    run.request(watch('p1', 2));
    run.apply(publishMany('a', 1));
    const receivable = jest.spyOn(TopicGroups.prototype, 'receivable');
    expect(run.notices()).toEqual([notice('p1', 1)]);
    for (const _ of [1, 2]) {
      run.tick();
      expect(run.notices()).toEqual([notice('p1', 1)]);
    }
    run.apply(receive('a', 'g'));
    run.tick();
    expect(run.notices()).toEqual([]);
    receivable.mockClear();
    for (const _ of [1, 2]) {
      run.tick();
      expect(run.notices()).toEqual([]);
    }
    expect(receivable).not.toHaveBeenCalled();
    receivable.mockRestore();
    run.apply(publishMany('a', 1));
    run.notices();
    run.request(watch('p1', 0));
    run.tick();
    expect(run.notices()).toEqual([]);
    expect(run.request(watch('p2', 1))).toEqual({ ready: 1, missing: null });
    expect(run.notices()).toEqual([]);
    run.tick();
    expect(run.notices()).toEqual([notice('p2', 1)]);
  });

  it('come when messages are ready again, by time or by word', () => {
    const run = leader();
    run.apply(publish('a', { text: 'x', key: 'k' }, { text: 'y', key: 'k' }));
    run.request(watch('p1', 10));
    const first = run.apply(receive('a', 'g')) as Received;
    run.notices();
    run.apply(ack('a', 'g', first));
    expect(run.notices()).toEqual([notice('p1', 1)]);
    const second = run.apply(receive('a', 'g')) as Received;
    run.notices();
    run.apply({ ...ack('a', 'g', second), kind: 'return' });
    expect(run.notices()).toEqual([notice('p1', 1)]);
    run.apply(receive('a', 'g'));
    run.notices();
    run.passedMs += 4_999;
    run.request(watch('p1', 10));
    run.passedMs += 1;
    for (const command of run.tick()) run.apply(command);
    expect(run.notices()).toEqual([notice('p1', 1)]);
  });

  it('end with the watch, by its time, by 0, and without a name', () => {
    const run = leader();
    run.request(watch('p1', 1));
    run.request(watch('p2', 1));
    run.request(watch('', 1));
    run.request(watch('p2', 0));
    run.apply(publish('a', 'x'));
    expect(run.notices()).toEqual([notice('p1', 1)]);
    run.passedMs += 5_000;
    run.tick();
    expect(run.notices()).toEqual([]);
    expect(run.request({ ...watch('p1', 1), topic: 'none' })).toEqual({
      ready: null,
      missing: 'topic',
    });
    expect(run.request(watch('p1', 1, 'none'))).toEqual({ ready: null, missing: 'group' });
    expect(run.request(watch('p1', 1))).toEqual({ ready: 1, missing: null });
  });
});

describe('TopicDuties, totals', () => {
  it('count what happened while this replica led', () => {
    const run = leader();
    run.apply(publishMany('a', 3));
    const received = run.apply(receive('a', 'g', 2)) as Received;
    run.apply(ack('a', 'g', received, (sequence) => sequence === 1));
    run.apply(ack('a', 'g', received, (sequence) => sequence === 1));
    run.apply({ ...ack('a', 'g', received, (sequence) => sequence === 2), kind: 'return' });
    const again = run.apply(receive('a', 'g', 2)) as Received;
    const terms = { delayMs: null, reason: null, deadLetter: true };
    run.apply({ ...ack('a', 'g', again, (sequence) => sequence === 3), kind: 'nack', ...terms });
    const { topics } = { topics: run.machine.totals };
    expect(topics.get('a')?.published).toBe(3);
    expect(topics.get('a')?.groups.get('g')).toEqual({
      delivered: 4,
      redelivered: 0,
      acked: 1,
      deadLettered: 1,
    });
    const gauges = () => [...run.machine.gaugesAsLeader(run.instant, () => false)];
    const counts = { ready: 0, delayed: 0, inFlight: 1, deadLettered: 1, oldestReadyAgeMs: null };
    expect(gauges()).toEqual([{ topic: 'a', groups: [{ group: 'g', ...counts }] }]);
    run.machine.duties.stop();
    expect(gauges()).toEqual([]);
    run.apply({ kind: 'delete-topic', topic: 'a' });
  });
});
