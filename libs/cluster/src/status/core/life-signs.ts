import { invariant } from '@sinkron/invariant';
import { BEATS_KEPT, DEAF_AFTER_MS } from './limits.js';
import { memberStatus, type MemberStatus } from '../../core/member-status.js';

/** Part of what a node tells one other at each beat. */
export interface LifeReport {
  /** Names this beat of the sender, for the echo; never again used, by no other process of it either. */
  readonly beat: number;
  /** The receiver's beat that came last, and how long ago that was at least; null: none came yet. */
  readonly echo: { readonly beat: number; readonly heldMs: number } | null;
  /** How long ago each other member was certainly alive, at most. */
  readonly silences: readonly { readonly nodeId: string; readonly silenceMs: number }[];
}

/** The latest instant at which a member was certainly alive. */
interface LifeSign {
  readonly atMs: number;
  /** How long this node had listened by then, in all: at least so long, when news came late. */
  readonly listenedMs: number;
}

/**
 * When each member was certainly alive, as far as this node knows by itself or through others.
 *
 * A report says when it was sent only by what it echoes: not before this node's own beat that it names,
 * and as long after that as the sender held it. So the age of news is bounded from above by this node's
 * own monotonic clock: neither a message that was long under way, nor one that was read late, nor the
 * news of others makes a member look younger than it is. What is passed on grows older on the way, so
 * it may go round in circles without keeping anybody alive.
 *
 * Invariant: no sign is later than the last instant at which the member ran.
 */
export class LifeSigns {
  /** This node's latest beats and when they were begun, oldest first. */
  private readonly beats = new Map<number, number>();
  /** The last beat that came of each member, and when. */
  private readonly echoes = new Map<string, { readonly beat: number; readonly atMs: number }>();
  private readonly signs = new Map<string, LifeSign>();
  private members: ReadonlySet<string> = new Set();
  private lastBeatMs: number;
  /** Since when this node has been listening without a gap. */
  private listeningSinceMs: number;
  /** How long it stood still, in all. */
  private deafMs = 0;

  /**
   * @param firstBeat drawn at random: an echo of a former process of this node is then none of its beats.
   */
  constructor(
    private readonly self: string,
    private nextBeat: number,
    private readonly startedMs: number,
  ) {
    this.lastBeatMs = startedMs;
    this.listeningSinceMs = startedMs;
  }

  /** The nodes whose life matters, with or without this one; all others are forgotten. */
  follow(members: Iterable<string>): void {
    this.members = new Set(members);
    for (const known of [this.signs, this.echoes]) {
      for (const nodeId of known.keys()) if (!this.members.has(nodeId)) known.delete(nodeId);
    }
  }

  /** Begins a beat: what `reportFor` makes from now on is part of it. */
  begin(nowMs: number): void {
    invariant(nowMs >= this.lastBeatMs, 'LifeSigns: time is monotonic', { nowMs });
    const gapMs = this.gapMs(nowMs);
    if (gapMs > 0) this.listeningSinceMs = nowMs;
    this.deafMs += gapMs;
    this.lastBeatMs = nowMs;
    this.beats.set(this.nextBeat, nowMs);
    this.nextBeat += 1;
    for (const beat of this.beats.keys()) {
      if (this.beats.size <= BEATS_KEPT) break;
      this.beats.delete(beat);
    }
  }

  reportFor(receiver: string, nowMs: number): LifeReport {
    const echo = this.echoes.get(receiver);
    return {
      beat: this.nextBeat - 1,
      // Rounded so that nothing looks younger.
      echo: echo === undefined ? null : { beat: echo.beat, heldMs: Math.floor(nowMs - echo.atMs) },
      silences: [...this.signs]
        .filter(([nodeId]) => nodeId !== receiver)
        .map(([nodeId, { atMs }]) => ({ nodeId, silenceMs: Math.ceil(nowMs - atMs) })),
    };
  }

  /**
   * Takes what a member tells.
   *
   * @returns the instant at which it was sent or before, on this node's clock; null: unknown.
   */
  receive(from: string, { beat, echo, silences }: LifeReport, nowMs: number): number | null {
    if (!this.members.has(from) || from === this.self) return null;
    this.echoes.set(from, { beat, atMs: nowMs });
    const begunMs = echo === null ? undefined : this.beats.get(echo.beat);
    if (echo === null || begunMs === undefined) return null;
    // Two clocks differ a little.
    const sentMs = Math.min(begunMs + echo.heldMs, nowMs);
    this.sign(from, sentMs, nowMs);
    for (const { nodeId, silenceMs } of silences) this.sign(nodeId, sentMs - silenceMs, nowMs);
    return sentMs;
  }

  /** How long ago the member was certainly alive, at most; null: no sign of it was ever seen. */
  silenceMs(nodeId: string, nowMs: number): number | null {
    if (nodeId === this.self) return 0;
    const sign = this.signs.get(nodeId);
    return sign === undefined ? null : nowMs - sign.atMs;
  }

  status(nodeId: string, nowMs: number): MemberStatus {
    const listenedMs = this.listenedMs(nowMs) - (this.signs.get(nodeId)?.listenedMs ?? 0);
    return memberStatus(this.silenceMs(nodeId, nowMs), listenedMs);
  }

  /** How long this node has listened: while it stood still it heard nobody, which says nothing of them. */
  private listenedMs(nowMs: number): number {
    return nowMs - this.startedMs - this.deafMs - this.gapMs(nowMs);
  }

  /** For how long this node stands still, as far as its beats tell. */
  private gapMs(nowMs: number): number {
    const sinceBeatMs = nowMs - this.lastBeatMs;
    return sinceBeatMs > DEAF_AFTER_MS ? sinceBeatMs : 0;
  }

  private sign(nodeId: string, atMs: number, nowMs: number): void {
    if (nodeId === this.self || !this.members.has(nodeId)) return;
    const known = this.signs.get(nodeId);
    if (known !== undefined && atMs <= known.atMs) return;
    const listeningSinceMs = this.gapMs(nowMs) > 0 ? nowMs : this.listeningSinceMs;
    const agoMs = nowMs - Math.max(atMs, listeningSinceMs);
    // No more than has passed between two signs: one that is hardly newer brings nobody back.
    const listenedMs = Math.min(
      this.listenedMs(nowMs) - agoMs,
      known === undefined ? Number.POSITIVE_INFINITY : known.listenedMs + atMs - known.atMs,
    );
    this.signs.set(nodeId, { atMs, listenedMs });
  }
}
