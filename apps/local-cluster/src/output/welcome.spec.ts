import type { NodePlan } from '../plan/cluster-plan.js';
import { nodeTable, welcomeText, type NodeRow } from './welcome.js';

function row(number: number): NodeRow {
  const plan: NodePlan = {
    number,
    nodeId: `node${number}`,
    httpPort: 8000 + number,
    httpUrl: `http://127.0.0.1:${8000 + number}`,
    peerPort: 9000 + number,
    roles: number === 2 ? ['locks'] : ['locks', 'ledger'],
    dataDir: '',
    environment: {},
  };
  return { plan, pid: 100 + number, state: 'running' };
}

describe('nodeTable', () => {
  it('marks the leader and shows who does not run', () => {
    const rows = [row(1), { ...row(2), pid: undefined, state: 'was ended by SIGKILL' }];
    expect(nodeTable(rows, { nodeId: 'node1', term: 3 })).toBe(
      [
        '  NODE   URL                    PID  ROLES         STATE                 LEADER',
        '  node1  http://127.0.0.1:8001  101  locks,ledger  running               * term 3',
        '  node2  http://127.0.0.1:8002  -    locks         was ended by SIGKILL',
      ].join('\n'),
    );
  });
});

describe('welcomeText', () => {
  it('shows the table, the Swagger URL, the data folder and three commands', () => {
    const rows = [row(1), row(2), row(3)];
    expect(welcomeText(rows, { nodeId: 'node1', term: 2 }, '/d', 2_345)).toBe(`
Sinkron: 3 nodes are ready after 2.3 s.

  NODE   URL                    PID  ROLES         STATE    LEADER
  node1  http://127.0.0.1:8001  101  locks,ledger  running  * term 2
  node2  http://127.0.0.1:8002  102  locks         running
  node3  http://127.0.0.1:8003  103  locks,ledger  running

  Swagger UI   http://127.0.0.1:8001/docs
  Data folder  /d (kept when the cluster stops; --fresh empties it)

Try in another terminal:

  # take a lock, on node1
  curl --json '{"owner":"alice","ttlMs":600000}' http://127.0.0.1:8001/v1/locks/demo/acquire
  # read it, on node3
  curl http://127.0.0.1:8003/v1/locks/demo
  # kill the leader, node1, and ask for the new one
  kill -9 101; sleep 2; curl http://127.0.0.1:8002/v1/cluster/leader

Here: status, kill 2, pause 2, start 2, help. Ctrl-C stops all nodes and keeps the data.
`);
  });

  it('does not offer to kill the only node', () => {
    const text = welcomeText([row(1)], { nodeId: 'node1', term: 1 }, '/d', 900);
    expect(text).toContain('Sinkron: 1 node is ready after 0.9 s.');
    expect(text).toContain(
      '  # ask for the leader\n  curl http://127.0.0.1:8001/v1/cluster/leader',
    );
    expect(text).not.toContain('kill -9');
  });
});
