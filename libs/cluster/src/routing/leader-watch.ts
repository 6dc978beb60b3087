import { Injectable } from '@nestjs/common';
import { LeaderDirectory, type LeaderHint } from '../core/leader-directory.js';

/** The leader directory of this node, with waiting for news. */
@Injectable()
export class LeaderWatch {
  private readonly directory = new LeaderDirectory();
  /** Roles that no member has, by the groups that need them. */
  private readonly absent = new Map<string, string>();
  private refused: string | null = null;
  private readonly waiting = new Map<string, Set<() => void>>();

  leader(group: string): string | null {
    return this.directory.get(group)?.nodeId ?? null;
  }

  /** The groups of which no leader is known, or none that has answered lately. */
  leaderless(): readonly string[] {
    return this.directory.leaderless();
  }

  /** No member has the role that the group needs: it has no leader until one has. */
  declareAbsent(group: string, role: string): void {
    this.absent.set(group, role);
  }

  declarePresent(group: string): void {
    this.absent.delete(group);
  }

  /** The role that the group needs and no member has; undefined: there is one. */
  absentRole(group: string): string | undefined {
    return this.absent.get(group);
  }

  /** Why this node may ask no leader at all: it is no member. Null: it may. */
  refuse(reason: string | null): void {
    this.refused = reason;
  }

  get refusal(): string | null {
    return this.refused;
  }

  heard(group: string, hint: LeaderHint): void {
    if (this.directory.heard(group, hint)) this.announce(group);
  }

  failed(group: string, nodeId: string): void {
    this.directory.failed(group, nodeId);
  }

  /** Calls back at all news about the group's leader. @returns how to stop it. */
  onNews(group: string, listener: () => void): () => void {
    const listeners = this.waiting.get(group) ?? new Set();
    this.waiting.set(group, listeners);
    listeners.add(listener);
    return () => listeners.delete(listener);
  }

  private announce(group: string): void {
    for (const listener of this.waiting.get(group) ?? []) listener();
  }
}
