import type { GroupDriver } from './group-driver.js';
import { RaftNode } from './raft-node.js';

/** The entry that makes this node an outsider is applied by the very replica that then has to go. */
describe('A replica that is removed while it runs', () => {
  function bench(more: boolean) {
    const events: string[] = [];
    let flushed = (): void => {};
    const fake = (group: string, run: () => boolean) => {
      let writes = 1;
      return {
        group,
        snapshots: { replacing: false, streamCount: 0 },
        onDisk: () => {},
        stop: () => events.push(`${group} stopped`),
        run: () => {
          events.push(`${group} runs`);
          return run();
        },
        takeNotices: () => [],
        raft: {
          takeMessages: () => [],
          takeWrite: () =>
            writes-- > 0
              ? {
                  id: 1,
                  hardState: { term: 7, votedFor: null },
                  truncateFrom: null,
                  entries: [],
                  compactThrough: null,
                }
              : null,
          persisted: () => {},
        },
      } as unknown as GroupDriver;
    };
    const node: RaftNode = new RaftNode(
      { now: () => ({ monotonicMs: 0, wallMs: 0 }) },
      {
        write: (batch: readonly { group: string }[], done: () => void) => {
          events.push(`write of ${batch.map(({ group }) => group).join()}`);
          flushed = done;
        },
      } as never,
      { send: () => {} },
      { requestRun: () => {} },
      { notify: () => {} },
    );
    // Another group's flush is under way.
    node.add(fake('other', () => false));
    node.run();
    node.add(
      fake('g', () => {
        node.remove('g');
        return more;
      }),
    );
    node.run();
    return { node, events, flush: () => flushed() };
  }

  it('hands nothing to the disk once another one may start', () => {
    const { node, events, flush } = bench(false);
    expect(node.isEnding('g')).toBe(false);
    const before = events.length;
    flush();
    // Breaks otherwise: its term and log are written over what a new replica has loaded.
    expect(events.slice(before)).not.toContain('write of g');
  });

  it('runs no more', () => {
    const { node, events } = bench(true);
    node.run();
    expect(events.filter((event) => event === 'g runs')).toHaveLength(1);
  });
});
