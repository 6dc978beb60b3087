import type { MemberStatus } from '../../../core/member-status.js';
import { STATUS_INTERVAL_MS } from '../../../limits.js';
import { LifeSigns, type LifeReport } from '../life-signs.js';

const STEP_MS = 10;
const DELAY_MS = 10;

interface Node {
  life: LifeSigns;
  /** When its process began: its clock counts from there. */
  startedMs: number;
  state: 'runs' | 'paused' | 'gone';
  nextBeatMs: number;
  /** The last instant at which it ran. */
  ranMs: number;
}

interface Message {
  readonly from: string;
  readonly to: string;
  /** A message to a process does not reach the next one under its name. */
  readonly life: LifeSigns;
  readonly report: LifeReport;
  readonly dueMs: number;
}

/**
 * Nodes that tell each other who is alive, in virtual time. A link that is cut keeps what was sent and
 * delivers it when it is healed, as a network that drops packets does, and so does one to a paused node.
 */
export class LifeWorld {
  nowMs = 0;
  private readonly nodes = new Map<string, Node>();
  private readonly cut = new Set<string>();
  private messages: Message[] = [];
  private processes = 0;

  constructor(private readonly names: readonly string[]) {
    for (const name of names) this.start(name);
  }

  /** Starts a node, or one that is gone again. */
  start(name: string): void {
    if (this.nodes.get(name) !== undefined && this.node(name).state !== 'gone') return;
    this.processes += 1;
    const life = new LifeSigns(name, this.processes * 1_000_000, 0);
    life.follow(this.names);
    const { nowMs } = this;
    this.nodes.set(name, {
      life,
      startedMs: nowMs,
      state: 'runs',
      nextBeatMs: nowMs,
      ranMs: nowMs,
    });
  }

  kill(name: string): void {
    this.node(name).state = 'gone';
  }

  pause(name: string): void {
    const node = this.node(name);
    if (node.state === 'runs') node.state = 'paused';
  }

  resume(name: string): void {
    const node = this.node(name);
    if (node.state === 'paused') node.state = 'runs';
  }

  /** From now on nothing that one sends reaches the other. */
  cutOff(from: string, to: string): void {
    this.cut.add(`${from} ${to}`);
  }

  divide(one: string, other: string): void {
    this.cutOff(one, other);
    this.cutOff(other, one);
  }

  heal(): void {
    this.cut.clear();
  }

  /** @param check is called after every step. */
  run(durationMs: number, check: () => void = () => this.check()): void {
    for (const endMs = this.nowMs + durationMs; this.nowMs < endMs;) {
      this.nowMs += STEP_MS;
      // Who was stopped reads first what has arrived meanwhile.
      this.deliver();
      for (const [name, node] of this.nodes) if (node.state === 'runs') this.step(name, node);
      check();
    }
  }

  /** What a node says of all, in the order of their names. */
  view(name: string): readonly MemberStatus[] {
    const { life, startedMs } = this.node(name);
    return this.names.map((member) => life.status(member, this.nowMs - startedMs));
  }

  /** The views of all nodes that run. */
  views(): readonly (readonly MemberStatus[])[] {
    return this.names.filter((name) => this.runs(name)).map((name) => this.view(name));
  }

  /** Invariant: nobody takes another for younger than it is. */
  check(): void {
    for (const [observer, { life, startedMs, state }] of this.nodes) {
      if (state !== 'runs') continue;
      for (const [member, { ranMs }] of this.nodes) {
        const silenceMs = life.silenceMs(member, this.nowMs - startedMs);
        if (silenceMs === null || silenceMs >= this.nowMs - ranMs) continue;
        throw new Error(
          `${observer} thinks that ${member} lived ${silenceMs} ms ago: ${this.nowMs - ranMs}`,
        );
      }
    }
  }

  private runs(name: string): boolean {
    return this.node(name).state === 'runs';
  }

  private step(name: string, node: Node): void {
    node.ranMs = this.nowMs;
    if (this.nowMs < node.nextBeatMs) return;
    node.nextBeatMs = this.nowMs + STATUS_INTERVAL_MS;
    const clockMs = this.nowMs - node.startedMs;
    node.life.begin(clockMs);
    for (const [to, { life }] of this.nodes) {
      if (to === name) continue;
      const report = node.life.reportFor(to, clockMs);
      this.messages.push({ from: name, to, life, report, dueMs: this.nowMs + DELAY_MS });
    }
  }

  private deliver(): void {
    const kept: Message[] = [];
    for (const message of this.messages) {
      const { from, to, life, report, dueMs } = message;
      const receiver = this.node(to);
      if (receiver.life !== life || receiver.state === 'gone') continue;
      const held = this.cut.has(`${from} ${to}`) || receiver.state === 'paused';
      if (held || dueMs > this.nowMs) kept.push(message);
      else life.receive(from, report, this.nowMs - receiver.startedMs);
    }
    this.messages = kept;
  }

  private node(name: string): Node {
    const node = this.nodes.get(name);
    if (node === undefined) throw new Error(`there is no ${name}`);
    return node;
  }
}
