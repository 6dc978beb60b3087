import { invariant } from '@sinkron/invariant';
import { logIndex, replicaId } from '../../core/identifiers.js';
import { configuration, isJoint } from '../../core/membership/configuration.js';
import type { Message } from '../../core/message.js';
import { Cluster, type Member } from '../cluster.js';
import { HEARTBEAT_MS } from '../replica.js';
import { drawChange } from './drawn-change.js';
import type { MembersChecker } from './members-checker.js';
import { SafetyChecker } from './safety-checker.js';
import { SeededRandom } from '../seeded-random.js';

export interface WalkOutcome {
  readonly committed: number;
  readonly elections: number;
  readonly snapshots: number;
  readonly transfers: number;
  readonly members: MembersChecker['seen'];
  /** Heartbeats from the end of the faults to a leader whose entry everybody has applied. */
  readonly recoveryTicks: number;
}

/** Clocks of two machines may differ by this much (see CLOCK_DRIFT_MAX). */
const DRIFT_PERCENT = 9;
const IN_TRANSIT_MAX = 300;
const RECOVERY_TICKS_MAX = 120;

/**
 * A run of a whole group in which everything goes wrong that may: messages are lost, doubled,
 * delayed and reordered, links cut in one direction, replicas stopped, crashed and restarted, disks
 * slow, clocks fast, ticks too close together. Every step is checked.
 */
export class RandomWalk {
  private readonly random: SeededRandom;
  private readonly cluster: Cluster;
  private readonly checker: SafetyChecker;
  private readonly ids: readonly string[];
  private readonly speed = new Map<string, number>();
  private readonly nextTickMs = new Map<string, number>();
  private readonly stopped = new Set<string>();
  private readonly cut = new Set<string>();
  private readonly swarm: ReturnType<RandomWalk['drawSwarm']>;
  private command = 0;
  private read = 0;

  constructor(seed: number) {
    this.random = new SeededRandom(seed);
    const size = this.random.pick([1, 2, 3, 3, 3, 4, 5]) ?? 3;
    const voters = Array.from({ length: size }, (_, position) => String(position + 1));
    const learners = this.random.percent(20) ? [String(size + 1)] : [];
    const founders = [...voters, ...learners];
    const joining = Array.from({ length: this.random.integer(0, 4) }, (_, position) =>
      String(founders.length + position + 1),
    );
    this.ids = [...founders, ...joining];
    this.checker = new SafetyChecker(
      { ...configuration(voters.map(replicaId)), learners: learners.map(replicaId) },
      () => this.cluster.members,
    );
    this.cluster = new Cluster(this.checker, this.random.percent(50), false);
    this.swarm = this.drawSwarm();
    for (const id of this.ids) {
      const known = founders.includes(id) ? { voters, learners } : { voters: [], formation: false };
      const member = this.cluster.add({ id, ...known, random: this.random });
      this.speed.set(id, 1 + this.random.integer(0, DRIFT_PERCENT + 1) / 100);
      // Wall clocks are wrong by up to a day.
      if (this.random.percent(20)) member.replica.wallMs += this.random.integer(-1, 2) * 86_400_000;
    }
  }

  run(steps: number): WalkOutcome {
    for (let step = 0; step < steps; step += 1) this.step();
    return {
      recoveryTicks: this.recover(),
      committed: this.checker.committedCount,
      elections: this.checker.electedTerms,
      snapshots: this.checker.installedCount,
      transfers: this.checker.transferCount,
      members: this.checker.membership.seen,
    };
  }

  private step(): void {
    const { weights, total } = this.swarm;
    let dice = this.random.integer(0, total);
    for (const [act, weight] of weights) {
      dice -= weight;
      if (dice < 0) return act();
    }
  }

  /** Every run has its own mixture of faults: some many of one kind, some none. */
  private drawSwarm() {
    const upTo = (weight: number) => (this.random.percent(25) ? 0 : this.random.integer(0, weight));
    const weights: readonly (readonly [act: () => void, weight: number])[] = [
      [() => this.deliverSome(), 200 + upTo(400)],
      [() => this.persistOne(), 100 + upTo(300)],
      [() => this.letTimePass(this.random.integer(0, 60)), 100 + upTo(200)],
      [() => this.propose(), 20 + upTo(120)],
      [() => this.requestRead(), upTo(80)],
      [() => this.crashOrRestart(), upTo(30)],
      [() => this.stopOrContinue(), upTo(40)],
      [() => this.cutOrHeal(), upTo(40)],
      [() => this.letTimePass(this.random.integer(300, 1200)), upTo(30)],
      [() => this.setWallClock(), upTo(10)],
      [() => this.tickTooSoon(), upTo(30)],
      [() => this.flushState(), upTo(100)],
      [() => this.compact(), upTo(100)],
      [() => this.finishInstall(), 20 + upTo(60)],
      [() => this.transfer(), upTo(15)],
      [() => this.changeMembers(), upTo(60)],
    ];
    return { weights, total: weights.reduce((sum, [, weight]) => sum + weight, 0) };
  }

  private running(): readonly Member[] {
    const members = [...this.cluster.members.values()];
    return members.filter(({ id, up }) => up && !this.stopped.has(id));
  }

  private deliverSome(): void {
    const { inTransit } = this.cluster;
    for (let count = this.random.integer(1, 8); count > 0 && inTransit.length > 0; count -= 1) {
      // Mostly in order, sometimes from anywhere.
      const position = this.random.percent(80) ? 0 : this.random.integer(0, inTransit.length);
      const again = this.random.percent(5);
      const [message] = again ? inTransit.slice(position) : inTransit.splice(position, 1);
      if (message !== undefined && !this.random.percent(3)) this.pass(message);
    }
    while (inTransit.length > IN_TRANSIT_MAX) inTransit.shift();
  }

  private pass(message: Message): void {
    if (this.cut.has(`${message.from}->${message.to}`) || this.stopped.has(message.to)) return;
    this.cluster.deliver(message);
  }

  private persistOne(): void {
    const member = this.random.pick(this.running());
    if (member === undefined) return;
    const count = this.random.percent(50) ? undefined : this.random.integer(1, 4);
    this.cluster.persist(member.id, count);
  }

  private letTimePass(elapsedMs: number): void {
    for (const { id, replica } of this.cluster.members.values()) {
      replica.pass(elapsedMs * (this.speed.get(id) ?? 1));
    }
    for (const { id, replica } of this.running()) {
      if (replica.monotonicMs < (this.nextTickMs.get(id) ?? 0)) continue;
      // Missed ticks are not made up.
      this.nextTickMs.set(id, replica.monotonicMs + HEARTBEAT_MS);
      this.tick(id);
    }
  }

  private tick(id: string): void {
    this.cluster.tick(id);
  }

  /** A burst of ticks, as after a stall with a driver that makes them up. */
  private tickTooSoon(): void {
    const member = this.random.pick(this.running());
    if (member === undefined) return;
    for (let tick = this.random.integer(1, 25); tick > 0; tick -= 1) this.tick(member.id);
  }

  private propose(): void {
    const leaders = this.running().filter(({ replica }) => replica.raft.roleName === 'leader');
    const leader = this.random.pick(leaders);
    if (leader === undefined) return;
    const commands = Array.from({ length: this.random.integer(1, 4) }, () => {
      this.command += 1;
      return `c${this.command}`;
    });
    this.cluster.input(leader.id, (replica) => replica.propose(...commands));
  }

  private requestRead(): void {
    const leaders = this.running().filter(({ replica }) => replica.raft.roleName === 'leader');
    const leader = this.random.pick(leaders);
    if (leader === undefined) return;
    this.read += 1;
    this.checker.readRequested(leader, this.read);
    this.cluster.input(leader.id, (replica) => replica.requestRead(this.read));
  }

  private crashOrRestart(): void {
    const down = [...this.cluster.members.values()].filter(({ up }) => !up);
    const back = this.random.pick(down);
    if (back !== undefined && this.random.percent(70)) return this.restart(back);
    const victim = this.victim();
    if (victim.up) this.crash(victim);
  }

  /** Of what the state machine had applied and not flushed, a suffix may be lost. */
  private crash(member: Member): void {
    const { id, state } = member;
    this.checker.membership.crashed(member);
    const kept = this.random.percent(50)
      ? state.appliedIndex
      : this.random.integer(0, 1 + state.appliedIndex);
    this.cluster.crash(id, kept);
  }

  private flushState(): void {
    const member = this.random.pick(this.running());
    if (member === undefined) return;
    // An installation is itself a flush: none other goes on beside it.
    if (!member.snapshots.replacing) member.state.flush();
  }

  /** Forgets some or all of the log that the state no longer needs. */
  private compact(): void {
    const member = this.random.pick(this.running());
    if (member === undefined) return;
    const { raft } = member.replica;
    const { flushedIndex } = member.state;
    const end = Math.min(flushedIndex, raft.applicableIndex, member.snapshots.lowestPoint);
    const from = raft.logBase.index + 1;
    if (from > end) return;
    const through = this.random.percent(50) ? end : this.random.integer(from, end + 1);
    this.cluster.input(member.id, () => raft.compact(logIndex(through)));
  }

  private finishInstall(): void {
    const waiting = this.running().filter(({ snapshots }) => snapshots.replacing);
    const member = this.random.pick(waiting);
    if (member !== undefined) this.cluster.finishInstall(member.id);
  }

  private transfer(): void {
    const leaders = this.running().filter(({ replica }) => replica.raft.roleName === 'leader');
    const leader = this.random.pick(leaders);
    const to = this.random.pick(this.ids);
    if (leader === undefined || to === undefined) return;
    this.cluster.input(leader.id, ({ raft, instant }) => raft.transfer(replicaId(to), instant));
  }

  private changeMembers(): void {
    const leaders = this.running().filter(({ replica }) => replica.raft.roleName === 'leader');
    const leader = this.random.pick(leaders);
    if (leader === undefined) return;
    const change = drawChange(this.random, leader.replica.raft.members, this.ids);
    this.cluster.input(leader.id, ({ raft, instant }) => raft.changeMembers(change, instant));
  }

  /** Whom a fault hits: half of the time a leader, for there it hurts. */
  private victim(): Member {
    const members = [...this.cluster.members.values()];
    const leaders = members.filter(({ up, replica }) => up && replica.raft.roleName === 'leader');
    const victim = this.random.pick(
      this.random.percent(50) && leaders.length > 0 ? leaders : members,
    );
    invariant(victim !== undefined, 'RandomWalk: a group has members');
    return victim;
  }

  private restart(member: Member): void {
    this.cluster.restart(member.id);
  }

  private stopOrContinue(): void {
    const [longest] = this.stopped;
    if (longest !== undefined && this.random.percent(60)) this.stopped.delete(longest);
    else this.stopped.add(this.victim().id);
  }

  private cutOrHeal(): void {
    if (this.random.percent(30)) return this.cut.clear();
    const { id } = this.victim();
    const other = this.random.pick(this.ids);
    if (this.random.percent(70)) this.cut.add(`${id}->${other}`);
    if (this.random.percent(70)) this.cut.add(`${other}->${id}`);
  }

  private setWallClock(): void {
    const member = this.random.pick([...this.cluster.members.values()]);
    if (member !== undefined) member.replica.wallMs += this.random.integer(-5_000, 5_000);
  }

  /**
   * Faults end, but for a minority of the voters, who stay down, stopped, deaf, mute, or cut from
   * one other: a leader must be elected and commit within a bounded time nevertheless.
   */
  private recover(): number {
    this.cut.clear();
    this.stopped.clear();
    const sick = this.drawMinority();
    for (const member of this.cluster.members.values()) {
      if (!member.up && !sick.includes(member.id)) this.restart(member);
    }
    let goal = { term: 0, index: Number.POSITIVE_INFINITY };
    for (let ticks = 0; ticks < RECOVERY_TICKS_MAX; ticks += 1) {
      this.letTimePass(HEARTBEAT_MS);
      this.deliverAll();
      const leader = leaderOf(this.running());
      if (leader !== undefined && leader.replica.raft.term > goal.term) {
        this.cluster.input(leader.id, (replica) => {
          const proposal = replica.propose('last');
          if (proposal.kind === 'appended') {
            goal = { term: proposal.term, index: proposal.firstIndex };
          }
        });
        this.deliverAll();
      }
      if (this.reached(goal.index)) return ticks;
    }
    invariant(false, 'RandomWalk: a healthy majority makes progress', {
      ticks: RECOVERY_TICKS_MAX,
      sick,
    });
    return RECOVERY_TICKS_MAX;
  }

  /** Whether a majority of the voters have applied the entry, and no change is under way any more. */
  private reached(goal: number): boolean {
    const leader = leaderOf(this.running())?.replica.raft;
    if (leader === undefined || leader.members !== leader.committedMembers) return false;
    if (isJoint(leader.members)) return false;
    const { voters } = leader.members;
    const done = voters.filter((id) => this.cluster.member(id).state.appliedIndex >= goal);
    return done.length * 2 > voters.length;
  }

  private drawMinority(): readonly string[] {
    const sick = this.drawSick();
    for (const id of sick) {
      const kind = this.random.pick(['down', 'stopped', 'deaf', 'mute', 'cut from one']);
      if (kind === 'down' && this.cluster.member(id).up) this.crash(this.cluster.member(id));
      if (kind === 'stopped') this.stopped.add(id);
      const others = kind === 'cut from one' ? [this.random.pick(this.ids)] : this.ids;
      for (const other of others) {
        if (kind === 'deaf' || kind === 'cut from one') this.cut.add(`${other}->${id}`);
        if (kind === 'mute' || kind === 'cut from one') this.cut.add(`${id}->${other}`);
      }
    }
    return sick;
  }

  /** No majority of any configuration that may count from now on is among them. */
  private drawSick(): readonly string[] {
    const sick: string[] = [];
    const halves = this.checker.membership
      .possible()
      .flatMap(({ voters, outgoingVoters }) => [voters, outgoingVoters]);
    for (let draws = this.random.integer(0, this.ids.length); draws > 0; draws -= 1) {
      const id = this.random.pick(this.ids.filter((other) => !sick.includes(other)));
      if (id === undefined) break;
      const bearable = halves.every((half) => {
        const ill = half.filter((voter) => voter === id || sick.includes(voter)).length;
        return half.length === 0 || ill * 2 < half.length;
      });
      if (bearable) sick.push(id);
    }
    return sick;
  }

  private deliverAll(): void {
    for (let deliveries = 0; deliveries < 20_000; deliveries += 1) {
      for (const { id } of this.running()) {
        this.cluster.persist(id);
        this.cluster.finishInstall(id);
      }
      const message = this.cluster.inTransit.shift();
      if (message === undefined) return;
      this.pass(message);
    }
    invariant(false, 'RandomWalk: a conversation ends', {
      inTransit: this.cluster.inTransit.length,
    });
  }
}

function leaderOf(members: readonly Member[]): Member | undefined {
  const leaders = members.filter(({ replica }) => replica.raft.roleName === 'leader');
  return leaders.toSorted((a, b) => b.replica.raft.term - a.replica.raft.term)[0];
}
