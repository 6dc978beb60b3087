import { ack, configure } from '../testing/topic-commands.js';
import { sequencesOf, TableUnderTest } from '../testing/table-under-test.js';

/** A log in which group `g` has acknowledged so many messages of one key, each of its own publish. */
function acknowledged(count: number): TableUnderTest {
  const run = new TableUnderTest();
  run.apply(configure('a', { retention: 'log' }));
  for (let message = 0; message < count; message += 1) {
    run.publish('a', { text: 'x', key: 'k' });
    run.apply(ack('a', 'g', run.receive('a', 'g', 1)));
  }
  return run;
}

/** Counts the records of a table that are read, but for those of ranges. */
function readsOf(run: TableUnderTest, table: string): () => number {
  const get = jest.spyOn(run.tables, 'get');
  return () => get.mock.calls.filter(([read]) => read === table).length;
}

describe('The head of a key', () => {
  it('is found by a replica that was just opened from the last milestone on, without bodies', () => {
    const run = acknowledged(400);
    run.publish('a', { text: 'x', key: 'k' });
    const reopened = run.reopened();
    // The group's cursor has read its segment by a range.
    const segments = readsOf(reopened, 'segments');
    const marks = readsOf(reopened, 'marks');
    expect(sequencesOf(reopened.receive('a', 'g'))).toEqual([401]);
    expect(segments()).toBe(0);
    // The milestone is message 399, the last one settled is 400; and the head has none.
    expect(marks()).toBe(3);
    expect(sequencesOf(run.receive('a', 'g'))).toEqual([401]);
    expect(reopened.tables.text()).toBe(run.tables.text());
  });

  it('is not behind a message that the group is not done with', () => {
    const run = new TableUnderTest();
    run.apply(configure('a', { retention: 'log' }));
    for (const group of ['g', 'h']) {
      run.apply({ kind: 'create-group', topic: 'a', group, from: 'earliest' });
    }
    const drafts = Array.from({ length: 9 }, () => ({ text: 'x', key: 'k' }));
    run.publish('a', ...drafts, { text: 'x', key: 'k', ttlMs: 10 });
    const held = run.receive('a', 'g');
    for (const _ of drafts) run.apply(ack('a', 'h', run.receive('a', 'h')));
    expect(sequencesOf(run.receive('a', 'h'))).toEqual([10]);
    // Its order is that of a milestone, and `g` settles it while it has the first of the key.
    run.pass(10);
    expect(run.counts('a').messages).toBe(10);
    expect(run.tables.counts['milestones']).toBeUndefined();
    run.apply(ack('a', 'g', held));
    expect(sequencesOf(run.reopened().receive('a', 'g'))).toEqual([2]);
  });

  it('of a key that a sequence of messages ends, too', () => {
    const run = acknowledged(20);
    run.publish('a', { text: 'x', key: 'k' }, { text: 'x', key: 'k' });
    const held = run.receive('a', 'g');
    expect(sequencesOf(held)).toEqual([21]);
    const reopened = run.reopened();
    reopened.apply(ack('a', 'g', held));
    expect(sequencesOf(reopened.receive('a', 'g'))).toEqual([22]);
  });
});

describe('Milestones', () => {
  it('are about one in sixteen of the messages that stay, and the last of a key and group', () => {
    const run = acknowledged(400);
    expect(run.tables.counts['milestones']).toBe(1);
    const written = jest.spyOn(run.tables, 'put');
    for (let message = 0; message < 160; message += 1) {
      run.publish('a', { text: 'x', key: 'k' });
      run.apply(ack('a', 'g', run.receive('a', 'g', 1)));
    }
    const milestones = written.mock.calls.filter(([table]) => table === 'milestones');
    expect(milestones.length).toBe(11);
  });

  it('go with their messages, and none is made where messages go at once', () => {
    const run = new TableUnderTest();
    run.apply(configure('a'));
    for (const group of ['g', 'h']) {
      run.apply({ kind: 'create-group', topic: 'a', group, from: 'earliest' });
    }
    run.publish('a', ...Array.from({ length: 40 }, (_, at) => ({ text: 'x', key: `k${at}` })));
    run.apply(ack('a', 'g', run.receive('a', 'g', 40)));
    // 10, 28 and 36.
    expect(run.tables.counts['milestones']).toBe(3);
    run.apply(ack('a', 'h', run.receive('a', 'h', 40)));
    expect(run.tables.counts['milestones']).toBeUndefined();
    expect(run.tables.counts['keys']).toBeUndefined();
  });

  it('of a group that is gone go with their messages as well', () => {
    const run = acknowledged(12);
    expect(run.tables.counts['milestones']).toBe(1);
    run.apply({ kind: 'delete-group', topic: 'a', group: 'g' });
    run.apply({ kind: 'delete-message', topic: 'a', id: '1-9' });
    expect(run.tables.counts['milestones']).toBe(1);
    run.apply({ kind: 'delete-message', topic: 'a', id: '1-a' });
    expect(run.tables.counts['milestones']).toBeUndefined();
  });

  it('of groups that are gone do not add up, however often a log is read again', () => {
    const run = acknowledged(12);
    run.apply({ kind: 'create-group', topic: 'a', group: 'h', from: 'earliest' });
    for (let replay = 0; replay < 5; replay += 1) {
      run.apply({ kind: 'seek', topic: 'a', group: 'g', to: { kind: 'earliest' } });
      for (let message = 0; message < 12; message += 1) {
        run.apply(ack('a', 'g', run.receive('a', 'g', 1)));
      }
      expect(run.tables.counts['milestones']).toBe(1);
    }
    for (let message = 0; message < 12; message += 1) {
      run.apply(ack('a', 'h', run.receive('a', 'h', 1)));
    }
    expect(run.tables.counts['milestones']).toBe(2);
  });

  it('are swept with the messages of a topic', () => {
    const run = acknowledged(12);
    run.apply({ kind: 'purge', topic: 'a' });
    run.sweepAll();
    expect(run.tables.counts['milestones']).toBeUndefined();
  });
});
