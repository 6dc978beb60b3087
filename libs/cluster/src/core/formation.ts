import { invariant } from '@sinkron/invariant';
import { oddVoterCount } from './membership/candidate.js';

/** What a cluster fixes for ever when it is created. */
export interface ClusterSettings {
  readonly shards: number;
  readonly replicationFactor: number;
  readonly queueStore: string;
  readonly cacheStore: string;
  readonly formatVersion: number;
  /** Leases hold only if every voter waits as long as the leader thinks it does. */
  readonly heartbeatMs: number;
}

/** One founding node: its disk's identity and what it is for. */
export interface Founder {
  readonly nodeId: string;
  readonly diskId: string;
  readonly roles: readonly string[];
}

/** Who formed the cluster; the same on every founder, durable before its first vote. */
export interface FormationRecord {
  readonly founders: readonly Founder[];
  readonly settings: ClusterSettings;
}

/** What a node tells the others about itself while the cluster forms. */
export interface FormationReport {
  readonly nodeId: string;
  readonly diskId: string;
  readonly roles: readonly string[];
  /** Node ids and addresses of `PEERS`, sorted, as one text. */
  readonly peers: string;
  readonly settings: ClusterSettings;
  /** The founders as this node has seen them, in the order of PEERS, itself included. */
  readonly seen: readonly Founder[];
  /** Set once the node is formed. */
  readonly record: FormationRecord | null;
}

export type FormationOutcome =
  | { readonly kind: 'waiting'; readonly missing: readonly string[] }
  | { readonly kind: 'formed'; readonly record: FormationRecord }
  /** There is a cluster already, and this node with this disk has not formed it. */
  | { readonly kind: 'join' }
  | { readonly kind: 'refused'; readonly reason: string };

/**
 * How empty nodes become a cluster, once, without a leader to ask.
 *
 * A node forms only when *every* node of `PEERS` has reported itself empty, with the same list and
 * settings, and has itself seen the very same disks: then all of them form the same record. A node
 * that meets a formed one belongs to it if its own disk stands in the record; if not, it is new or
 * has lost its disk, and has to join, also when it is called by one. It must never vote as the node it once was: an entry committed
 * on A and B would be lost when B came back empty and elected C.
 */
export class Formation {
  private readonly reports = new Map<string, FormationReport>();
  private called = false;

  constructor(
    private readonly self: Omit<FormationReport, 'seen' | 'record'>,
    private readonly nodes: readonly string[],
  ) {
    invariant(nodes.includes(self.nodeId), 'Formation: PEERS contains the node itself', {
      nodes,
      self: self.nodeId,
    });
  }

  /** What this node tells the others now. */
  report(): FormationReport {
    return { ...this.self, seen: this.seen(), record: null };
  }

  /** A peer's latest report; it replaces the earlier one. */
  heard(report: FormationReport): void {
    if (report.nodeId === this.self.nodeId || !this.nodes.includes(report.nodeId)) return;
    this.reports.set(report.nodeId, report);
  }

  /**
   * A node that belongs to a cluster, and is not in `PEERS`, calls this one: there is a cluster that
   * knows this node, so that its empty disk must be a lost one.
   */
  calledByMember(): void {
    this.called = true;
  }

  outcome(): FormationOutcome {
    const formed = [...this.reports.values()].flatMap(({ nodeId, record }) => {
      return record === null ? [] : [{ nodeId, record }];
    });
    // Who has joined later does not know who formed the cluster: a founder that does goes first.
    const first = formed.find(({ record }) => this.isFounder(record)) ?? formed[0];
    if (first !== undefined) return this.join(first.nodeId, first.record);
    if (this.called) return { kind: 'join' };
    const difference = this.settingsDifference() ?? this.listDifference();
    if (difference !== null) return { kind: 'refused', reason: difference };
    const missing = this.nodes.filter((node) => !this.agrees(node));
    if (missing.length > 0) return { kind: 'waiting', missing };
    return { kind: 'formed', record: { founders: this.seen(), settings: this.self.settings } };
  }

  private join(peer: string, record: FormationRecord): FormationOutcome {
    const difference = settingsDifference(this.self.settings, record.settings);
    if (difference !== null) {
      return { kind: 'refused', reason: `${difference} in the cluster that ${peer} belongs to` };
    }
    return this.isFounder(record) ? { kind: 'formed', record } : { kind: 'join' };
  }

  private isFounder({ founders }: FormationRecord): boolean {
    const { nodeId, diskId } = this.self;
    return founders.some((founder) => founder.nodeId === nodeId && founder.diskId === diskId);
  }

  /** Whether `node` is empty and has seen what this node has seen. */
  private agrees(node: string): boolean {
    if (node === this.self.nodeId) return true;
    const report = this.reports.get(node);
    if (report === undefined) return false;
    const seen = this.seen();
    return (
      seen.length === this.nodes.length &&
      report.seen.length === seen.length &&
      seen.every((founder, position) => sameFounder(founder, report.seen[position]))
    );
  }

  private settingsDifference(): string | null {
    for (const report of this.reports.values()) {
      const difference = settingsDifference(this.self.settings, report.settings);
      if (difference !== null) return `${difference} on ${report.nodeId}`;
    }
    return null;
  }

  /**
   * Another list is wrong only where no cluster is: while some node was not heard, it may be a member
   * of one, and this node and the one with the other list are both on their way into it. Who does not
   * list this node forms without it, and this node joins later.
   */
  private listDifference(): string | null {
    if (this.reports.size < this.nodes.length - 1) return null;
    for (const { nodeId, peers } of this.reports.values()) {
      if (peers === this.self.peers || !hasPeer(peers, this.self.nodeId)) continue;
      return `PEERS differs: this node has ${this.self.peers}, ${nodeId} has ${peers}; give all nodes the same list`;
    }
    return null;
  }

  private seen(): readonly Founder[] {
    return this.nodes.flatMap((node) => {
      const { nodeId, diskId, roles } = this.reports.get(node) ?? this.self;
      return nodeId === node ? [{ nodeId, diskId, roles }] : [];
    });
  }
}

function hasPeer(peers: string, nodeId: string): boolean {
  return peers.split(',').some((peer) => peer.split('=')[0] === nodeId);
}

function sameFounder(mine: Founder, theirs: Founder | undefined): boolean {
  return (
    theirs !== undefined &&
    mine.nodeId === theirs.nodeId &&
    mine.diskId === theirs.diskId &&
    mine.roles.join() === theirs.roles.join()
  );
}

const VARIABLES: Readonly<Record<keyof ClusterSettings, string>> = {
  shards: 'SHARDS',
  replicationFactor: 'REPLICATION_FACTOR',
  queueStore: 'QUEUE_STORE',
  cacheStore: 'CACHE_STORE',
  formatVersion: 'the format version',
  heartbeatMs: 'HEARTBEAT_MS',
};

/** Names the first setting in which two differ, with both values; null when they are the same. */
export function settingsDifference(mine: ClusterSettings, theirs: ClusterSettings): string | null {
  for (const key of SETTINGS) {
    if (mine[key] === theirs[key]) continue;
    return `${VARIABLES[key]} is ${mine[key]} on this node but ${theirs[key]}`;
  }
  return null;
}

const SETTINGS = [
  'shards',
  'replicationFactor',
  'queueStore',
  'cacheStore',
  'formatVersion',
  'heartbeatMs',
] as const satisfies readonly (keyof ClusterSettings)[];

/** Voters of the coordination group: the largest odd number of founders with locks, at most five. */
export function coordinationVoters(record: FormationRecord): readonly Founder[] {
  const candidates = record.founders.filter((founder) => founder.roles.includes('locks'));
  return candidates.slice(0, oddVoterCount(candidates.length));
}
