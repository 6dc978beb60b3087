import { Logger } from '@nestjs/common';
import type { SinkronConfiguration } from '@sinkron/config';
import { configuration, replicaId, type ConsensusService } from '@sinkron/consensus';
import type { PeerTransport } from '@sinkron/transport';
import { DEAD_AFTER_MS } from '../core/failure-limits.js';
import { LEADER_SILENCE_HEARTBEATS, STATUS_INTERVAL_MS } from '../limits.js';
import { LeaderWatch } from '../routing/leader-watch.js';
import { COMPLETE_STATUS_BEATS } from './core/limits.js';
import { decodeStatus, encodeStatus, type StatusEvent } from './status-event.js';
import { StatusService } from './status.service.js';

const GROUP = 'coordination';
const HEARTBEAT_MS = 50;

const members = configuration([replicaId('node2/b'), replicaId('node3/c')]);

interface OwnReplica {
  readonly role: 'leader' | 'follower';
  readonly commitIndex: number;
}

/** Node 1 with peers 2 and 3, on a clock set by hand, and what its peers say of the group. */
function node(own: OwnReplica | null, heartbeatMs = HEARTBEAT_MS) {
  let deliver: (from: string, messages: readonly Uint8Array[]) => void = () => {};
  // The next tick is the first of a period.
  let nowMs = STATUS_INTERVAL_MS - HEARTBEAT_MS;
  let tick: (beat: number) => void = () => {};
  const sent = new Map<string, StatusEvent>();
  const leaders = new LeaderWatch();
  const raft = own === null ? undefined : { roleName: own.role, commitIndex: own.commitIndex };
  const status = new StatusService(
    { nodeId: 'node1', heartbeatMs } as unknown as SinkronConfiguration,
    {
      group: () => raft && { raft },
      groups: () => [],
      onLeader: () => {},
      onTick: (listener: (beat: number) => void) => {
        tick = listener;
      },
      now: () => ({ monotonicMs: nowMs, wallMs: 0 }),
    } as unknown as ConsensusService,
    {
      onEvents: (_topic: string, handler: typeof deliver) => {
        deliver = handler;
      },
      peers: () => [{ nodeId: 'node2' }, { nodeId: 'node3' }],
      sendEvent: (to: string, _topic: string, message: Uint8Array) => {
        sent.set(to, decodeStatus(message));
      },
    } as unknown as PeerTransport,
    leaders,
  );
  status.onModuleInit();
  const says = (from: string, term: number, index: number, leader: string | null = 'node2') => {
    const beat = sent.get(from)?.life.beat;
    const echo = beat === undefined ? null : { beat, heldMs: 0 };
    const group = { id: GROUP, term, leader, commitIndex: index, appliedIndex: index, members };
    const life = { beat: 1, echo, silences: [] };
    const event = { groups: [group], complete: true, membersVersion: 4, life };
    deliver(from, [encodeStatus(event)]);
  };
  const pass = (ms: number): void => {
    for (const endMs = nowMs + ms; nowMs < endMs;) {
      nowMs += HEARTBEAT_MS;
      tick(nowMs / HEARTBEAT_MS);
    }
  };
  return {
    status,
    leaders,
    says,
    sent,
    pass,
    deliver: (bytes: Uint8Array) => deliver('node2', [bytes]),
  };
}

beforeAll(() => Logger.overrideLogger(false));

describe('How far a group is committed', () => {
  // Breaks otherwise: a replica that was away hears only as much of the log as it has, and is ready.
  it('is what the peers say, to a replica that has not heard so much', () => {
    const { status, says } = node({ role: 'follower', commitIndex: 100 });
    says('node2', 3, 18_000);
    expect(status.commitIndex(GROUP)).toBe(18_000);
  });

  it('is unknown before anybody has spoken', () => {
    const { status } = node({ role: 'follower', commitIndex: 100 });
    expect(status.commitIndex(GROUP)).toBeNull();
  });

  it('never goes back to what a peer that lags says', () => {
    const { status, says } = node({ role: 'follower', commitIndex: 100 });
    says('node2', 3, 300);
    says('node3', 3, 200);
    says('node3', 2, 900);
    expect(status.commitIndex(GROUP)).toBe(300);
    expect(status.groupAt('node3', GROUP)?.appliedIndex).toBe(900);
  });

  it('is what the leader knows, at the leader', () => {
    const { status } = node({ role: 'leader', commitIndex: 100 });
    expect(status.commitIndex(GROUP)).toBe(100);
  });
});

describe('A leader of whose group this node has no replica', () => {
  const silenceMsMax = LEADER_SILENCE_HEARTBEATS * HEARTBEAT_MS + STATUS_INTERVAL_MS;

  function led() {
    const at = node(null);
    at.status.start();
    at.pass(STATUS_INTERVAL_MS);
    at.says('node2', 3, 300);
    return at;
  }

  // Breaks otherwise: all voters are gone, and this node says that one of them leads.
  it('is believed in for as long as it has said so lately', () => {
    const { status, pass } = led();
    expect([status.hearsLeader('node2', GROUP), status.groups()[0]?.leader]).toEqual([
      true,
      'node2',
    ]);
    // What it said is as old as the beat that it echoes.
    pass(silenceMsMax - 3 * HEARTBEAT_MS);
    expect(status.hearsLeader('node2', GROUP)).toBe(true);
    pass(4 * HEARTBEAT_MS);
    expect([status.hearsLeader('node2', GROUP), status.groups()[0]?.leader]).toEqual([false, null]);
  });

  it('is not what another one says of it, nor who has ceased to lead', () => {
    const { status, says } = led();
    expect(status.hearsLeader('node3', GROUP)).toBe(false);
    says('node2', 3, 300, null);
    says('node3', 3, 300, 'node2');
    expect(status.hearsLeader('node2', GROUP)).toBe(false);
  });

  // Breaks otherwise: one request that it answers too late, and nobody asks it again for two seconds.
  it('is asked again after it did not answer, while it says that it leads', () => {
    const { leaders, pass } = led();
    leaders.failed(GROUP, 'node2');
    expect(leaders.leader(GROUP)).toBeNull();
    pass(STATUS_INTERVAL_MS);
    expect(leaders.leader(GROUP)).toBe('node2');
    pass(2 * silenceMsMax);
    leaders.failed(GROUP, 'node2');
    pass(STATUS_INTERVAL_MS);
    expect(leaders.leader(GROUP)).toBeNull();
  });

  it('is not believed by a word of which nobody knows how old it is', () => {
    const { status, says } = node(null);
    says('node2', 3, 300);
    expect(status.hearsLeader('node2', GROUP)).toBe(false);
  });
});

describe('Status events', () => {
  it('are sent to every peer, with the version of the members that this node has', () => {
    const { status, sent, pass } = node(null);
    status.membersVersion = 7;
    status.start();
    pass(STATUS_INTERVAL_MS);
    expect([...sent.keys()]).toEqual(['node2', 'node3']);
    expect(sent.get('node3')).toMatchObject({ groups: [], complete: true, membersVersion: 7 });
  });

  it('are complete for who may have missed something, and now and then', () => {
    const { status, deliver, sent, pass } = node(null);
    status.start();
    const life = { beat: 1, echo: null, silences: [] };
    const complete: unknown[] = [];
    for (let beat = 0; beat < COMPLETE_STATUS_BEATS + 1; beat += 1) {
      pass(STATUS_INTERVAL_MS);
      // Another process of node2, that has not heard this node yet.
      if (beat === 4)
        deliver(encodeStatus({ groups: [], complete: true, membersVersion: 4, life }));
      complete.push([sent.get('node2')?.complete, sent.get('node3')?.complete]);
    }
    const both = [true, true];
    const none = [false, false];
    const one = [true, false];
    expect(complete).toEqual([both, none, none, none, none, one, none, none, none, none, both]);
  });

  // Breaks otherwise: a node that is heard each second only counts as deaf to its peers, and nobody as dead.
  it('are as frequent where heartbeats are rare', () => {
    jest.useFakeTimers({ now: 0 });
    try {
      const { status, sent } = node(null, 1000);
      const beats = new Set<number | undefined>();
      status.start();
      for (let count = 0; count < 5; count += 1) {
        jest.advanceTimersByTime(STATUS_INTERVAL_MS);
        beats.add(sent.get('node2')?.life.beat);
      }
      expect(beats.size).toBe(5);
      status.onApplicationShutdown();
    } finally {
      jest.useRealTimers();
    }
  });

  it('are told to who listens, unless they are malformed', () => {
    const { status, says, deliver } = node(null);
    const heard: unknown[] = [];
    status.onStatus((from, { membersVersion }) => heard.push([from, membersVersion]));
    deliver(Uint8Array.of(1));
    says('node3', 1, 1);
    expect(heard).toEqual([['node3', 4]]);
  });

  it('count nobody as dead, for the log, who was added and has not come yet', () => {
    const warn = jest.spyOn(Logger.prototype, 'warn').mockReturnValue(undefined);
    const { status, pass } = node(null);
    status.awaited = new Set(['node3']);
    status.start();
    pass(2 * DEAD_AFTER_MS);
    const texts = warn.mock.calls.map(([text]) => String(text));
    warn.mockRestore();
    expect(texts).toEqual([expect.stringMatching(/^node2 is dead/)]);
  });

  it('say who is alive', () => {
    const { status, says, pass } = node(null);
    status.start();
    pass(STATUS_INTERVAL_MS);
    says('node2', 1, 1);
    pass(DEAD_AFTER_MS);
    says('node2', 1, 1);
    const statuses = ['node1', 'node2', 'node3'].map((member) => status.memberStatus(member));
    expect(statuses).toEqual(['alive', 'alive', 'dead']);
  });
});
