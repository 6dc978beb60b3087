import { HandBack, type Returnable } from './hand-back.js';
import { HAND_BACK_PACE_MS, HAND_BACK_WAIT_MS_MAX, HAND_BACK_WAIT_MS_MIN } from './limits.js';

const LONG = 24 * 3_600_000;

/** node1 should lead; node2 is asked. Time is virtual and goes on second by second. */
class Bench {
  readonly handBack = new HandBack();
  nowMs = 1_000_000;
  aliveMs = LONG;
  upToDate = true;
  readonly leaders = new Map<string, string | null>();
  /** Shards that yet another node leads. */
  readonly others = new Set<string>();
  readonly given: (readonly [group: string, atMs: number])[] = [];
  /** Whether who gets a shard leads it from then on. */
  takes = true;
  private readonly startMs = this.nowMs;

  constructor(...groups: readonly string[]) {
    for (const group of groups) this.leaders.set(group, 'node2');
    this.observe();
  }

  pass(ms: number): void {
    for (let passedMs = 0; passedMs < ms; passedMs += 1000) {
      this.nowMs += 1000;
      this.observe();
      const led = [...this.leaders].flatMap(([group, leader]): readonly Returnable[] => {
        if (leader !== 'node2') return [];
        const { upToDate, aliveMs } = this;
        return [{ group, isOwn: !this.others.has(group), upToDate, aliveMs }];
      });
      const group = this.handBack.next(led, this.nowMs);
      if (group === null) continue;
      this.given.push([group, this.nowMs - this.startMs]);
      if (this.takes) this.leaders.set(group, 'node1');
      else this.handBack.failed(group, this.nowMs);
    }
  }

  /** node1 loses a shard to node2. */
  lose(group: string): void {
    this.leaders.set(group, 'node2');
    this.observe();
  }

  /** The time from now until the next shard goes back, ms. */
  untilGiven(group: string): number {
    const startMs = this.nowMs;
    const count = this.given.length;
    while (this.given.length === count) this.pass(1000);
    expect(this.given.at(-1)?.[0]).toBe(group);
    return this.nowMs - startMs;
  }

  observe(preferred = 'node1'): void {
    for (const [group, leader] of this.leaders) {
      this.handBack.observe(group, { leader, preferred }, this.nowMs);
    }
  }
}

describe('HandBack', () => {
  it('gives shards back after 30 s, one every 5 s', () => {
    const bench = new Bench('a', 'b', 'c');
    bench.pass(60_000);
    expect(bench.given).toEqual([
      ['a', HAND_BACK_WAIT_MS_MIN],
      ['b', HAND_BACK_WAIT_MS_MIN + HAND_BACK_PACE_MS],
      ['c', HAND_BACK_WAIT_MS_MIN + 2 * HAND_BACK_PACE_MS],
    ]);
  });

  it('gives none to who is not up to date, or has been alive for less than 30 s', () => {
    const bench = new Bench('a');
    bench.upToDate = false;
    bench.pass(120_000);
    bench.upToDate = true;
    bench.aliveMs = HAND_BACK_WAIT_MS_MIN - 1;
    bench.pass(120_000);
    expect(bench.given).toEqual([]);
    bench.aliveMs = HAND_BACK_WAIT_MS_MIN;
    bench.pass(1000);
    expect(bench.given).toHaveLength(1);
  });

  it('waits twice as long after each loss, up to ten minutes', () => {
    const bench = new Bench('a');
    const waits = [bench.untilGiven('a')];
    for (let losses = 0; losses < 7; losses += 1) {
      bench.pass(1000);
      bench.lose('a');
      waits.push(bench.untilGiven('a'));
    }
    expect(waits).toEqual([30, 60, 120, 240, 480, 600, 600, 600].map((seconds) => seconds * 1000));
  });

  it('counts a moment without a leader as no loss, and an attempt that failed as one', () => {
    const bench = new Bench('a');
    bench.takes = false;
    expect(bench.untilGiven('a')).toBe(HAND_BACK_WAIT_MS_MIN);
    expect(bench.untilGiven('a')).toBe(2 * HAND_BACK_WAIT_MS_MIN);
    bench.takes = true;
    bench.pass(4 * HAND_BACK_WAIT_MS_MIN);
    expect(bench.leaders.get('a')).toBe('node1');
    bench.leaders.set('a', null);
    bench.pass(5000);
    bench.leaders.set('a', 'node1');
    bench.pass(1000);
    bench.lose('a');
    expect(bench.untilGiven('a')).toBe(8 * HAND_BACK_WAIT_MS_MIN);
  });

  it('forgets the losses of who has kept the shard for ten minutes', () => {
    const bench = new Bench('a');
    bench.untilGiven('a');
    bench.pass(1000);
    bench.lose('a');
    bench.untilGiven('a');
    bench.pass(HAND_BACK_WAIT_MS_MAX + 2000);
    bench.lose('a');
    // The loss itself counts.
    expect(bench.untilGiven('a')).toBe(2 * HAND_BACK_WAIT_MS_MIN);
  });

  it('lets one that cannot be given hold up no other', () => {
    const bench = new Bench('a', 'b');
    bench.takes = false;
    bench.pass(HAND_BACK_WAIT_MS_MIN + HAND_BACK_PACE_MS);
    expect(bench.given.map(([group]) => group)).toEqual(['a', 'b']);
  });

  it('waits when another node has just given a shard back', () => {
    const bench = new Bench('a', 'b');
    bench.pass(HAND_BACK_WAIT_MS_MIN - 1000);
    bench.leaders.set('b', 'node1');
    bench.observe();
    expect(bench.untilGiven('a')).toBe(HAND_BACK_PACE_MS);
  });

  // Breaks otherwise: after a restart all leaders give a shard back at the same moment, every 5 s.
  it('lets one shard of the cluster go at a time, in their order, whoever leads them', () => {
    const nodes = [new Bench('a', 'b', 'c', 'd'), new Bench('a', 'b', 'c', 'd')] as const;
    const [first, second] = nodes;
    for (const group of ['a', 'c']) second.others.add(group);
    for (const group of ['b', 'd']) first.others.add(group);
    for (let passedMs = 0; passedMs < 60_000; passedMs += 1000) {
      for (const node of nodes) node.pass(1000);
      for (const node of nodes) {
        for (const [group] of node.given)
          for (const each of nodes) each.leaders.set(group, 'node1');
      }
    }
    const at = (turn: number): number => HAND_BACK_WAIT_MS_MIN + turn * HAND_BACK_PACE_MS;
    expect(first.given).toEqual([
      ['a', at(0)],
      ['c', at(2)],
    ]);
    expect(second.given).toEqual([
      ['b', at(1)],
      ['d', at(3)],
    ]);
  });

  it('is held up for one turn by a shard that its leader does not give', () => {
    const bench = new Bench('a', 'b', 'c');
    bench.others.add('a');
    bench.pass(60_000);
    expect(bench.given).toEqual([
      ['b', HAND_BACK_WAIT_MS_MIN + HAND_BACK_PACE_MS],
      ['c', HAND_BACK_WAIT_MS_MIN + 2 * HAND_BACK_PACE_MS],
    ]);
  });

  it('begins anew when another node should lead, and for a shard that was forgotten', () => {
    const bench = new Bench('a');
    bench.pass(20_000);
    bench.observe('node3');
    bench.observe('node1');
    expect(bench.untilGiven('a')).toBe(HAND_BACK_WAIT_MS_MIN);
    bench.lose('a');
    bench.handBack.keep(new Set());
    bench.observe();
    expect(bench.untilGiven('a')).toBe(HAND_BACK_WAIT_MS_MIN);
  });
});
