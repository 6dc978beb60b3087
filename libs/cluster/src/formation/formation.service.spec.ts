import { Logger } from '@nestjs/common';
import { nodeId, parseConfiguration } from '@sinkron/config';
import type { DataDirectory } from '@sinkron/storage';
import type { PeerIdentity, PeerTransport, RequestHandler } from '@sinkron/transport';
import type { FormationReport, Founder } from '../core/formation.js';
import { FORMATION_INTERVAL_MS, LONE_FORMATION_MS } from '../limits.js';
import type { KnownCluster } from '../members/known-cluster.js';
import { reportTuple } from './formation-codec.js';
import { FormationService } from './formation.service.js';

const CONFIGURATION = parseConfiguration({
  DATA_DIR: '/unused',
  NODE_ID: 'node1',
  PEER_PORT: '9001',
  PEERS: 'node1=127.0.0.1:9001,node2=127.0.0.1:9002',
});
const ROLES = CONFIGURATION.roles;
const NODE1: Founder = { nodeId: 'node1', diskId: 'a', roles: ROLES };
const NODE2: Founder = { nodeId: 'node2', diskId: 'b', roles: ROLES };

/** node1 with a disk in memory, and node2 as the test makes it answer. */
class Bench {
  /** What node2 answers; null: it is not reached. */
  answer: FormationReport | null = null;
  outcome: unknown;
  private handler: RequestHandler | undefined;
  readonly service: FormationService;

  private guestCame: (identity: PeerIdentity) => void = () => undefined;

  constructor(
    configuration = CONFIGURATION,
    readonly meta = new Map<string, Uint8Array>(),
  ) {
    const directory = {
      identity: { replicaId: 'a', formatVersion: 1, created: true },
      readMeta: (key: string) => this.meta.get(key),
      writeMeta: async (key: string, value: Uint8Array) => void this.meta.set(key, value),
    };
    const transport = {
      handle: (_method: string, handler: RequestHandler) => (this.handler = handler),
      onGuest: (listener: (identity: PeerIdentity) => void) => (this.guestCame = listener),
      request: async () => {
        if (this.answer === null) throw new Error('not reached');
        return reportTuple(this.answer);
      },
    };
    this.service = new FormationService(
      configuration,
      directory as unknown as DataDirectory,
      transport as unknown as PeerTransport,
      { list: null } as unknown as KnownCluster,
    );
    this.service.onModuleInit();
  }

  form(): void {
    this.service.formed().then(
      (formed) => (this.outcome = formed),
      (error: unknown) => (this.outcome = error),
    );
  }

  /** A node that is not in `PEERS` calls node1. */
  called(clusterId: string | null): void {
    this.guestCame({ nodeId: nodeId('node3'), clusterId } as PeerIdentity);
  }

  /** node2, or who says so, asks node1. */
  ask(report: FormationReport): void {
    this.handler?.('node2' as never, reportTuple(report), { deadlineMs: 1000 });
  }

  report(of: Founder, seen: readonly Founder[]): FormationReport {
    const peers = CONFIGURATION.peers.map((peer) => `${peer.nodeId}=${peer.host}:${peer.port}`);
    const { settings } = this.service;
    return { ...of, peers: peers.join(), settings, seen, record: null };
  }
}

const pass = (ms: number): Promise<void> => jest.advanceTimersByTimeAsync(ms);

describe('FormationService', () => {
  beforeAll(() => Logger.overrideLogger(false));
  beforeEach(() => void jest.useFakeTimers());
  afterEach(() => void jest.useRealTimers());

  it('forms when all have seen each other, and the record is on the disk before', async () => {
    const bench = new Bench();
    bench.form();
    bench.answer = bench.report(NODE2, [NODE2]);
    await pass(FORMATION_INTERVAL_MS);
    expect(bench.outcome).toBeUndefined();
    bench.answer = bench.report(NODE2, [NODE1, NODE2]);
    await pass(FORMATION_INTERVAL_MS);
    const record = { founders: [NODE1, NODE2], settings: bench.service.settings };
    expect(bench.outcome).toEqual({ kind: 'formed', record, now: true });
    expect([...bench.meta.keys()]).toEqual(['formation']);
    await expect(bench.service.formed()).resolves.toEqual({
      kind: 'formed',
      record,
      now: false,
    });
  });

  // Breaks otherwise: a second process with NODE_ID node2 asks some nodes and the first one others,
  // and two clusters form whose majorities share no replica of node2.
  it('believes only who answers at the address in PEERS, not who asks', async () => {
    const bench = new Bench();
    const stranger = { ...NODE2, diskId: 'x' };
    bench.form();
    bench.answer = bench.report(NODE2, [NODE2]);
    await pass(FORMATION_INTERVAL_MS);
    bench.answer = null;
    bench.ask(bench.report(stranger, [NODE1, stranger]));
    await pass(10 * FORMATION_INTERVAL_MS);
    expect([bench.outcome, bench.meta.size]).toEqual([undefined, 0]);
    bench.answer = bench.report(NODE2, [NODE1, NODE2]);
    await pass(FORMATION_INTERVAL_MS);
    expect(bench.outcome).toMatchObject({ record: { founders: [NODE1, NODE2] } });
  });

  it('does not believe an answer that speaks for another node', async () => {
    const bench = new Bench();
    bench.form();
    bench.answer = bench.report({ ...NODE2, nodeId: 'node1' }, [NODE1, NODE2]);
    await pass(FORMATION_INTERVAL_MS);
    expect(bench.outcome).toBeUndefined();
  });

  it('has to join, with a lost disk', async () => {
    const bench = new Bench();
    const record = {
      founders: [{ ...NODE1, diskId: 'old' }, NODE2],
      settings: bench.service.settings,
    };
    bench.answer = { ...bench.report(NODE2, record.founders), record };
    bench.form();
    await pass(FORMATION_INTERVAL_MS);
    expect([bench.outcome, bench.meta.size]).toEqual([{ kind: 'join' }, 0]);
  });

  it('alone, it listens before it forms, and joins the cluster whose member calls', async () => {
    const alone = parseConfiguration({ DATA_DIR: '/unused', NODE_ID: 'node1' });
    const first = new Bench(alone);
    first.form();
    // A new node that wants to join says nothing of a cluster.
    first.called(null);
    await pass(LONE_FORMATION_MS - 1);
    expect([first.outcome, first.meta.size]).toEqual([undefined, 0]);
    await pass(FORMATION_INTERVAL_MS);
    expect(first.outcome).toMatchObject({ kind: 'formed', now: true });
    // Breaks otherwise: a node that was started first and alone, and has lost its disk, forms a second
    // cluster beside the one that counts on it.
    const emptied = new Bench(alone);
    emptied.form();
    await pass(LONE_FORMATION_MS / 2);
    emptied.called('cluster-a');
    await pass(FORMATION_INTERVAL_MS);
    expect([emptied.outcome, emptied.meta.size]).toEqual([{ kind: 'join' }, 0]);
  });

  // Breaks otherwise: the first list of members lacks a founder, which votes.
  it('needs the addresses of all founders until there is a list of members', async () => {
    const bench = new Bench();
    bench.form();
    bench.answer = bench.report(NODE2, [NODE1, NODE2]);
    await pass(FORMATION_INTERVAL_MS);
    const alone = parseConfiguration({ DATA_DIR: '/unused', NODE_ID: 'node1' });
    const later = new Bench(alone, bench.meta);
    await expect(later.service.formed()).rejects.toThrow(
      'PEERS lacks node2, with which this node has just formed the cluster',
    );
  });

  it('waits no more once it is stopped', async () => {
    const bench = new Bench();
    bench.form();
    await pass(FORMATION_INTERVAL_MS);
    bench.service.onApplicationShutdown();
    bench.answer = bench.report(NODE2, [NODE1, NODE2]);
    await pass(10 * FORMATION_INTERVAL_MS);
    expect([bench.outcome, bench.meta.size, jest.getTimerCount()]).toEqual([undefined, 0, 0]);
  });
});
