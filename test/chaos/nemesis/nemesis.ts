import { setTimeout as sleep } from 'node:timers/promises';
import type { ChaosCluster } from '../cluster/chaos-cluster.js';
import type { ChaosNode } from '../cluster/chaos-node.js';
import { CUT, type LinkRule } from '../links/link-rule.js';
import { BOOT_DEADLINE_MS, RESTART_POLL_MS } from '../limits.js';
import {
  describeFault,
  victimCount,
  type Fault,
  type MemberFault,
  type Step,
  type Victims,
} from './fault.js';
import { cutPairs } from './partition.js';
import { MemberChanges } from './member-changes.js';
import type { Schedule, Track } from './schedule.js';

/** A fault as it came about. */
export interface Episode {
  readonly track: Track;
  readonly fault: Fault;
  /** What it is, and whether it could not be done. */
  text: string;
  /** Node ids. */
  readonly nodes: readonly string[];
  /** Milliseconds since the start of the run. */
  readonly from: number;
  to: number;
}

export interface NemesisOptions {
  readonly cluster: ChaosCluster;
  /** Who leads, as far as is known. */
  readonly leader: () => string | null;
  readonly now: () => number;
}

/** What a fault does at its end. */
type Undo = () => Promise<void> | void;

const RESET_INTERVAL_MS = 400;
const CRASH_INTERVAL_MS = 1_200;

/** Brings the faults of a schedule about, each at its time or as soon as the one before has ended. */
export class Nemesis {
  readonly episodes: Episode[] = [];
  readonly members: MemberChanges;
  /** No fault begins after this. */
  private endsAt = 0;

  constructor(private readonly options: NemesisOptions) {
    this.members = new MemberChanges(options.cluster, options.now);
  }

  /** Returns when every fault has come and gone. Those that would come too late are left out. */
  async play(schedule: Schedule, lengthMs: number): Promise<void> {
    const startedAt = this.options.now();
    this.endsAt = startedAt + lengthMs;
    await Promise.all([
      this.playTrack('processes', schedule.processes, startedAt),
      this.playTrack('links', schedule.links, startedAt),
      this.playTrack('members', schedule.members, startedAt),
    ]);
  }

  /** Whatever has happened: all nodes run, hear each other and have room. */
  heal(): void {
    const { cluster } = this.options;
    cluster.links.heal();
    for (const node of cluster.nodes) this.mendDisk(node);
    for (const node of cluster.nodes) {
      node.resume();
      node.start();
    }
  }

  private async playTrack(track: Track, steps: readonly Step[], startedAt: number): Promise<void> {
    const { now } = this.options;
    for (const step of steps) {
      await sleep(Math.max(0, startedAt + step.atMs - now()));
      if (now() >= this.endsAt) return;
      const nodes = this.choose(step);
      const text = describeFault(step.fault);
      const names = nodes.map(({ nodeId }) => nodeId);
      const episode: Episode = {
        track,
        fault: step.fault,
        text,
        nodes: names,
        from: now(),
        to: now(),
      };
      this.episodes.push(episode);
      const undo = await this.begin(step, nodes, episode);
      const until = Math.min(this.endsAt, episode.from + step.durationMs);
      await sleep(Math.max(0, until - now()));
      await undo();
      episode.to = now();
    }
  }

  /** The nodes that are hit, the leader first where it is meant. */
  private choose({ fault, order }: Step): readonly ChaosNode[] {
    const { cluster, leader } = this.options;
    const all = order.flatMap((place) => cluster.nodes[place] ?? []);
    if (fault.kind === 'disk-full') return cluster.smallDiskNode ? [cluster.smallDiskNode] : [];
    if (fault.kind === 'rolling-restart' || fault.kind === 'partition') return all;
    if (fault.kind === 'add-member') return [];
    const victims: Victims = fault.kind === 'transfer' ? 'one' : fault.victims;
    const first = victims === 'leader' ? all.find(({ nodeId }) => nodeId === leader()) : undefined;
    const rest = all.filter((node) => node !== first);
    const chosen = first === undefined ? rest : [first, ...rest];
    return chosen.slice(0, victimCount(victims, all.length));
  }

  private async begin(
    { fault, durationMs }: Step,
    nodes: readonly ChaosNode[],
    episode: Episode,
  ): Promise<Undo> {
    switch (fault.kind) {
      case 'kill':
        await Promise.all(nodes.map(async (node) => await node.kill()));
        return async () => await startAll(nodes);
      case 'stop':
        await Promise.all(nodes.map(async (node) => await node.terminate()));
        return async () => await startAll(nodes);
      case 'pause':
        for (const node of nodes) node.pause();
        return () => {
          for (const node of nodes) node.resume();
        };
      case 'crash-loop':
        await this.repeatedly(durationMs, CRASH_INTERVAL_MS, async () => {
          await Promise.all(nodes.map(async (node) => await node.kill()));
          for (const node of nodes) node.start();
        });
        return async () => await startAll(nodes);
      case 'rolling-restart':
        await this.restartInTurn(nodes);
        return () => undefined;
      case 'transfer':
        await this.transferTo(nodes[0]);
        return () => undefined;
      case 'fsync-fails':
      case 'slow-disk':
      case 'disk-full':
        return this.breakDisks(fault, nodes);
      case 'partition':
        return this.divide(fault.shape, nodes);
      case 'add-member':
      case 'remove-member':
      case 'lose-disk':
        if (!(await this.changeMembers(fault, nodes[0]))) episode.text += ' (not done)';
        return () => undefined;
      case 'slow-links': {
        const { delayMs, jitterMs, bytesPerSecond } = fault;
        const rule: LinkRule = { kind: 'slow', delayMs, jitterMs, bytesPerSecond };
        for (const { nodeId } of nodes) this.ruleLinksOf(nodeId, rule);
        return () => this.options.cluster.links.heal();
      }
      case 'reset-links':
        await this.repeatedly(durationMs, RESET_INTERVAL_MS, () => {
          for (const { nodeId } of nodes) this.options.cluster.links.reset(nodeId);
        });
        return () => undefined;
    }
  }

  /** @returns whether the cluster took it in time. */
  private async changeMembers(fault: MemberFault, node: ChaosNode | undefined): Promise<boolean> {
    const { members } = this;
    switch (fault.kind) {
      case 'add-member':
        return (await members.add()) !== null;
      case 'remove-member':
        return node !== undefined && (await members.remove(node));
      case 'lose-disk':
        return node !== undefined && (await members.loseDisk(node));
    }
  }

  private divide(shape: Parameters<typeof cutPairs>[0], nodes: readonly ChaosNode[]): Undo {
    const { links } = this.options.cluster;
    const names = nodes.map(({ nodeId }) => nodeId);
    const leader = this.options.leader() ?? names[0] ?? '';
    for (const { from, to } of cutPairs(shape, names, leader)) links.rule(from, to, CUT);
    return () => links.heal();
  }

  private ruleLinksOf(nodeId: string, rule: LinkRule): void {
    const { links, nodes } = this.options.cluster;
    for (const other of nodes) {
      if (other.nodeId === nodeId) continue;
      links.rule(nodeId, other.nodeId, rule);
      links.rule(other.nodeId, nodeId, rule);
    }
  }

  private breakDisks(
    fault: Extract<Fault, { readonly kind: 'fsync-fails' | 'slow-disk' | 'disk-full' }>,
    nodes: readonly ChaosNode[],
  ): Undo {
    const { failingDisks, smallDisk } = this.options.cluster;
    for (const node of nodes) {
      if (fault.kind !== 'slow-disk') node.diskBreaks();
      if (fault.kind === 'disk-full') {
        if (typeof smallDisk !== 'string') smallDisk.fill();
      } else if (typeof failingDisks !== 'string') {
        failingDisks.fail(
          node.nodeId,
          fault.kind === 'slow-disk' ? `slow ${fault.delayMs}` : 'eio',
        );
      }
    }
    return async () => {
      for (const node of nodes) this.mendDisk(node);
      if (fault.kind === 'slow-disk') return;
      // Who has not written meanwhile has noticed nothing, and goes on.
      await sleep(RESTART_POLL_MS);
      await startAll(nodes);
    };
  }

  private mendDisk(node: ChaosNode): void {
    const { failingDisks, smallDisk, smallDiskNode } = this.options.cluster;
    if (typeof failingDisks !== 'string') failingDisks.mend(node.nodeId);
    if (typeof smallDisk !== 'string' && node === smallDiskNode) smallDisk.empty();
    node.diskMended();
  }

  private async restartInTurn(nodes: readonly ChaosNode[]): Promise<void> {
    for (const node of nodes) {
      if (this.options.now() >= this.endsAt) return;
      await node.terminate();
      node.start();
      // Links may be cut meanwhile: then it cannot become ready, and the next one follows all the same.
      await node.untilReady(BOOT_DEADLINE_MS).catch(() => undefined);
    }
  }

  private async transferTo(node: ChaosNode | undefined): Promise<void> {
    await node?.ask('POST', '/v1/cluster/groups/coordination/transfer', { to: node.nodeId });
  }

  private async repeatedly(
    durationMs: number,
    intervalMs: number,
    act: () => Promise<void> | void,
  ): Promise<void> {
    const until = this.options.now() + durationMs;
    while (this.options.now() < until) {
      await act();
      await sleep(intervalMs);
    }
  }
}

/** Until all answer again, or for too long: what follows is to hit nodes, not their boot. */
async function startAll(nodes: readonly ChaosNode[]): Promise<void> {
  for (const node of nodes) node.start();
  await Promise.all(nodes.map(async (node) => await node.untilLive(BOOT_DEADLINE_MS)));
}
