import {
  encodeCommand,
  GroupMachine,
  openProposer,
  proposerId,
  replicaId,
  term,
  type ConsensusService,
  type ProposalOutcome,
  type ReadOutcome,
  type ReplicatedMachine,
  type StateTables,
} from '@sinkron/consensus';
import type { PeerTransport, RequestHandler } from '@sinkron/transport';
import { GroupRequests } from './group-requests.js';

const NOW = { monotonicMs: 0, wallMs: 0 };
const OPENING = openProposer({ id: proposerId('node2:x'), nodeId: 'node2', incarnation: 'y' });
const NO_TABLES: StateTables = {
  get: () => undefined,
  put: () => {},
  remove: () => {},
  range: function* () {},
};

/** One replica whose role, lease and log the test decides. */
class Bench {
  roleName = 'leader';
  leader: string | null = 'node1/a';
  storageFull = false;
  /** What the lease is at each time that it is compared with the clock; true when it runs out. */
  leases: boolean[] = [];
  readonly proposed: ((outcome: ProposalOutcome) => void)[] = [];
  readonly reads: ((outcome: ReadOutcome) => void)[] = [];
  readonly asked: unknown[] = [];
  readonly handlers = new Map<string, RequestHandler>();
  readonly requests: GroupRequests;

  constructor() {
    const machine: ReplicatedMachine = {
      name: 'm',
      open: () => {},
      apply: () => ({ result: null, remember: false, effects: [] }),
      query: (query) => this.asked.push(query),
      duties: {
        start: () => {},
        observe: () => {},
        tick: () => [],
        followUps: () => [],
        takeNotices: () => [],
        refused: () => {},
        request: (request) => this.asked.push(request),
        stop: () => {},
      },
    };
    const group = new GroupMachine([machine], NO_TABLES, {
      incarnation: () => null,
      silenceMs: () => null,
    });
    group.startLeading(term(7), NOW);
    const driver = {
      group: 'g',
      machine: group,
      raft: this.raft(),
      leaseValidAt: () => this.leases.shift() ?? true,
    };
    const consensus = {
      group: (name: string) => (name === 'g' ? driver : undefined),
      now: () => NOW,
      propose: () => new Promise((resolve) => this.proposed.push(resolve)),
      read: () => new Promise((resolve) => this.reads.push(resolve)),
    };
    Object.defineProperty(consensus, 'storageFull', { get: () => this.storageFull });
    const transport = {
      handle: (method: string, handler: RequestHandler) => this.handlers.set(method, handler),
    };
    this.requests = new GroupRequests(
      consensus as unknown as ConsensusService,
      transport as unknown as PeerTransport,
    );
    this.requests.onModuleInit();
  }

  propose(bytes: Uint8Array = encodeCommand(OPENING)): Promise<unknown> {
    return this.requests.propose('g', bytes);
  }

  private raft(): unknown {
    const role = (): string => this.roleName;
    const leader = (): unknown => (this.leader === null ? null : replicaId(this.leader));
    return {
      term: 7,
      get roleName() {
        return role();
      },
      get leader() {
        return leader();
      },
    };
  }
}

const refused = (reason: string, leader: string | null = 'node1') => {
  return { kind: 'refused', reason, leader, term: 7 };
};

describe('GroupRequests', () => {
  it('answers nothing for a group of which there is no replica here', async () => {
    const { requests } = new Bench();
    const answer = { kind: 'refused', reason: 'noReplica', leader: null, term: 0 };
    expect(await requests.propose('other', new Uint8Array())).toEqual(answer);
    expect(await requests.query('other', 'm', 'q', 'stale')).toEqual(answer);
    expect(await requests.request('other', 'm', 'q')).toEqual(answer);
  });

  it('points to the leader, and proposes nothing', async () => {
    const bench = new Bench();
    bench.roleName = 'follower';
    bench.leader = 'node3/c';
    bench.leases = [false, false];
    const answer = refused('notLeader', 'node3');
    expect(await bench.propose()).toEqual(answer);
    expect(await bench.requests.query('g', 'm', 'q', 'linearizable')).toEqual(answer);
    expect(await bench.requests.request('g', 'm', 'q')).toEqual(answer);
    expect([bench.proposed, bench.reads, bench.asked]).toEqual([[], [], []]);
  });

  it.each<readonly [ProposalOutcome, unknown]>([
    [
      { kind: 'applied', outcome: { kind: 'acknowledged' } },
      { kind: 'outcome', outcome: { kind: 'acknowledged' } },
    ],
    [{ kind: 'lost', leader: null }, { kind: 'lost' }],
    [{ kind: 'refused', reason: 'noQuorum', leader: null }, refused('noQuorum')],
  ])('says what became of a proposal', async (outcome, answer) => {
    const bench = new Bench();
    const proposal = bench.propose();
    bench.proposed[0]?.(outcome);
    expect(await proposal).toEqual(answer);
  });

  it('proposes nothing on a full disk', async () => {
    const bench = new Bench();
    bench.storageFull = true;
    expect(await bench.propose()).toEqual(refused('storageFull'));
    expect(bench.proposed).toEqual([]);
  });

  it('answers reads under the lease at once, stale ones without it', async () => {
    const bench = new Bench();
    expect(await bench.requests.query('g', 'm', 'q', 'linearizable')).toEqual({
      kind: 'result',
      result: 1,
    });
    bench.roleName = 'follower';
    bench.leases = [false];
    expect(await bench.requests.query('g', 'm', 's', 'stale')).toEqual({
      kind: 'result',
      result: 2,
    });
    expect([bench.asked, bench.reads]).toEqual([['q', 's'], []]);
  });

  it('without a lease a read waits for a majority', async () => {
    const bench = new Bench();
    bench.leases = [false];
    const read = bench.requests.query('g', 'm', 'q', 'linearizable');
    expect(bench.asked).toEqual([]);
    bench.reads[0]?.({ kind: 'ready' });
    expect(await read).toEqual({ kind: 'result', result: 1 });
    bench.leases = [false];
    const lost = bench.requests.query('g', 'm', 'q', 'linearizable');
    bench.reads[1]?.({ kind: 'refused', leader: null });
    expect(await lost).toEqual(refused('notLeader'));
  });

  // Breaks otherwise: a leader stopped between the check and the answer answers from a dead lease.
  it('does not answer when the lease has ended meanwhile', async () => {
    const bench = new Bench();
    bench.leases = [true, false];
    expect(await bench.requests.query('g', 'm', 'q', 'linearizable')).toEqual(refused('notLeader'));
    bench.leases = [true, false];
    expect(await bench.requests.request('g', 'm', 'q')).toEqual(refused('notLeader'));
  });

  it('a request without a lease waits for a majority, and needs the lease then', async () => {
    const bench = new Bench();
    bench.leases = [false, true, true];
    const granted = bench.requests.request('g', 'm', 'q');
    expect(bench.asked).toEqual([]);
    bench.reads[0]?.({ kind: 'ready' });
    expect(await granted).toEqual({ kind: 'result', result: 1 });
    bench.leases = [false, false];
    const late = bench.requests.request('g', 'm', 'q');
    bench.reads[1]?.({ kind: 'ready' });
    expect(await late).toEqual(refused('notLeader'));
    expect(bench.asked).toEqual(['q']);
  });

  it('refuses a body that is none, from a peer, without a broken invariant', () => {
    const { handlers } = new Bench();
    for (const method of ['group.propose', 'group.query', 'group.request']) {
      for (const body of [null, {}, [], ['g']]) {
        expect(() => handlers.get(method)?.('node2' as never, body, { deadlineMs: 1 })).toThrow(
          expect.objectContaining({ name: 'MalformedError' }),
        );
      }
    }
  });

  it('a peer that names an unknown machine is refused, and stops nobody', async () => {
    const { handlers } = new Bench();
    const body = ['g', 'other', 'linearizable', 'q'];
    for (const method of ['group.query', 'group.request']) {
      const answer = handlers.get(method)?.('node2' as never, body, { deadlineMs: 1 });
      await expect(answer).rejects.toMatchObject({ name: 'MalformedError' });
    }
  });
});
