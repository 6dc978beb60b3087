import { Logger } from '@nestjs/common';
import { ConfigurationError, parseConfiguration, type PeerAddress } from '@sinkron/config';
import { encode } from '@sinkron/consensus';
import { META_BYTES_MAX, type DataDirectory } from '@sinkron/storage';
import type { ListedPeer, LocalIdentity, PeerTransport } from '@sinkron/transport';
import type { ListedMember, MembersList } from '../core/members/members-list.js';
import { KEEP_AGAIN_MS, MEMBERS_MAX } from '../limits.js';
import { clusterIdentityTuple } from '../machine/cluster-machine.js';
import { membersListTuple } from '../machine/members-codec.js';
import type { StatusService } from '../status/status.service.js';
import { randomUUID } from 'node:crypto';
import { KnownCluster } from './known-cluster.js';

const CONFIGURATION = parseConfiguration({
  DATA_DIR: '/unused',
  NODE_ID: 'node2',
  PEER_PORT: '9002',
  PEERS: 'node1=127.0.0.1:9001,node2=127.0.0.1:9002',
});

function member(index: number, diskId: string | null = `d${index}`): ListedMember {
  const nodeId = `node${index}`;
  return { nodeId, address: `127.0.0.1:900${index}`, roles: ['locks'], diskId, leaving: false };
}

const list = (version: number, ...members: readonly ListedMember[]): MembersList => {
  return { version, members, families: [] };
};

/** node2 with the disk d2. */
class Bench {
  readonly identity: { clusterId: string | null; diskId?: string } = { clusterId: null };
  readonly status = { membersVersion: 0, awaited: new Set<string>() };
  peers: readonly string[] = [];
  disks: readonly unknown[] = [];
  isFull = false;
  readonly known: KnownCluster;

  constructor(readonly meta: Map<string, Uint8Array>) {
    const setClusterId = (id: string): void => void (this.identity.clusterId = id);
    const setDiskId = (id: string): void => void (this.identity.diskId = id);
    const directory = {
      identity: { replicaId: 'd2', formatVersion: 1 },
      readMeta: (key: string) => meta.get(key),
      writeMeta: async (key: string, value: Uint8Array) => {
        if (this.isFull) throw new Error('FULL');
        meta.set(key, value);
      },
    };
    const transport = {
      setClusterId,
      connect: () => undefined,
      updatePeers: (peers: readonly (PeerAddress & ListedPeer)[]) => {
        this.disks = peers.map(({ diskId }) => diskId);
        this.peers = peers.map(({ nodeId, host, port }) => `${nodeId}=${host}:${port}`);
      },
    };
    this.known = new KnownCluster(
      CONFIGURATION,
      directory as unknown as DataDirectory,
      Object.assign(this.identity, { setClusterId, setDiskId }) as unknown as LocalIdentity,
      transport as unknown as PeerTransport,
      this.status as unknown as StatusService,
    );
    this.known.onModuleInit();
  }
}

describe('KnownCluster', () => {
  beforeAll(() => Logger.overrideLogger(false));

  // Breaks otherwise: when all nodes restart, those without a list wait for a leader that needs their votes.
  it('keeps the newest list as soon as the disk takes it', async () => {
    jest.useFakeTimers();
    const meta = new Map<string, Uint8Array>();
    const bench = new Bench(meta);
    bench.isFull = true;
    bench.known.adopt(list(4, member(1), member(2)));
    bench.known.adopt(list(5, member(1), member(2), member(3)));
    await jest.advanceTimersByTimeAsync(KEEP_AGAIN_MS);
    expect(meta.size).toBe(0);
    bench.isFull = false;
    await jest.advanceTimersByTimeAsync(KEEP_AGAIN_MS);
    expect(new Bench(meta).known.list?.version).toBe(5);
    jest.useRealTimers();
  });

  it('finds room on the disk for the largest list', () => {
    const members = Array.from({ length: MEMBERS_MAX }, (_, index) => ({
      nodeId: `${index}`.padStart(64, 'n'),
      address: `${'h'.repeat(253)}:65535`,
      roles: ['locks', 'queues', 'caches', 'ledger'],
      diskId: randomUUID(),
      leaving: false,
    }));
    const shards = Array.from({ length: 4096 }, () => [63, 62, 61, 60, 59, 58, 57]);
    const families = ['queues', 'caches'].map((name) => ({
      name,
      role: name,
      founders: members.map(({ nodeId, diskId }) => ({ nodeId, diskId })),
      shards,
    }));
    const bytes = encode(membersListTuple({ version: 2 ** 40, members, families }));
    const kept = Buffer.from(bytes).toString('base64').length;
    // The rest is for the formation and the like.
    expect(kept).toBeLessThan(META_BYTES_MAX / 2);
  });

  it('goes by the newest list, through a restart too', async () => {
    const meta = new Map<string, Uint8Array>();
    const { known } = new Bench(meta);
    const news: unknown[] = [];
    known.onChange(() => void news.push(known.list?.version));
    known.identify('cluster-a');
    expect(known.standing).toBe('unknown');
    known.adopt(list(4, member(1), member(2), member(4)));
    known.adopt(list(3, member(1), member(2)));
    expect([known.standing, known.list?.version, news]).toEqual(['member', 4, []]);
    await new Promise((resolve) => setImmediate(resolve));
    expect(news).toEqual([4]);
    const later = new Bench(meta);
    expect(later.known.standing).toBe('member');
    expect([later.identity.clusterId, later.status.membersVersion]).toEqual(['cluster-a', 4]);
    // PEERS has no node4.
    expect(later.peers).toEqual([
      'node1=127.0.0.1:9001',
      'node2=127.0.0.1:9002',
      'node4=127.0.0.1:9004',
    ]);
  });

  it('is an outsider when its disk is another, or it is not listed, and asks all it ever knew', () => {
    const bench = new Bench(new Map());
    bench.known.adopt(list(1, member(1), member(2, 'other')));
    expect(bench.known.standing).toBe('outsider');
    bench.known.adopt(list(2, member(2), member(3)));
    expect(bench.known.standing).toBe('member');
    expect(bench.peers).toEqual(['node2=127.0.0.1:9002', 'node3=127.0.0.1:9003']);
    expect([bench.identity.diskId, bench.disks]).toEqual(['d2', ['d2', 'd3']]);
    bench.known.adopt(list(3, member(3)));
    expect([bench.known.standing, bench.peers]).toEqual([
      'outsider',
      ['node3=127.0.0.1:9003', 'node1=127.0.0.1:9001', 'node2=127.0.0.1:9002'],
    ]);
    bench.known.adopt(list(4, member(3), member(4, null)));
    expect([...bench.status.awaited]).toEqual(['node4']);
  });

  // Breaks otherwise: who has lost its disk, and whose PEERS are all gone, never finds its cluster again.
  it('calls members that have said where they are, until it has a list', () => {
    const bench = new Bench(new Map());
    bench.known.meet('node4', '127.0.0.1:9004');
    bench.known.meet('node4', '127.0.0.1:9999');
    bench.known.meet('node1', '127.0.0.1:9999');
    bench.known.meet('node5', 'no address');
    const peers = ['node1=127.0.0.1:9001', 'node2=127.0.0.1:9002', 'node4=127.0.0.1:9004'];
    expect([bench.peers, bench.known.address]).toEqual([peers, null]);
    bench.known.adopt(list(1, member(1), member(2)));
    bench.known.meet('node4', '127.0.0.1:9004');
    expect([bench.peers, bench.known.address]).toEqual([peers.slice(0, 2), '127.0.0.1:9002']);
  });

  it('refuses to start with other settings than those of its cluster', () => {
    const settings = {
      shards: 16,
      replicationFactor: 3,
      queueStore: 'replicated',
      cacheStore: 'replicated',
      formatVersion: 1,
      heartbeatMs: 50,
    };
    const identity = encode(clusterIdentityTuple({ clusterId: 'a', settings }));
    expect(() => new Bench(new Map([['cluster', identity]]))).toThrow(ConfigurationError);
  });
});
