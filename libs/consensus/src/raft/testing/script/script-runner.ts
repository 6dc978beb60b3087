import { invariant } from '@sinkron/invariant';
import { logIndex, replicaId } from '../../core/identifiers.js';
import type { Message } from '../../core/message.js';
import { Cluster } from '../cluster.js';
import { entryName } from '../entries.js';
import { settle } from '../group.js';
import { HEARTBEAT_MS, type ReplicaSetup } from '../replica.js';
import { Trace } from './trace.js';
import { entriesText, membersText, messageText } from './trace-text.js';

/**
 * Runs the commands of a script against a group. Time passes for all replicas alike, and only by
 * `tick`, `beat` and `now`; messages move and writes are flushed only by command.
 * Indented lines say what an input did; `settle` and `beat` leave messages and writes out.
 *
 *     given 2 log 1 1 4 [term 5]      what replica 2 finds on its disk when the group is started
 *     start 3 [learners 4]            replicas 1 to 3 vote; their timeouts are 10, 11, 12 ... ticks
 *     tick 1 12 [every 5]             12 ticks of replica 1, one every 100 ms or as told
 *     beat 12 [2 3]                   12 heartbeats of all (or these) replicas, each followed by settle
 *     now +50                         50 ms pass
 *     deliver [1->2]                  delivers what is under way by now (on one link), in order
 *     drop [1->2]                     loses it
 *     duplicate 1->2, reverse 1->2    doubles it, turns its order round
 *     cut 1, heal                     nothing reaches 1 or leaves it, until all is healed
 *     propose 1 x y                   proposes two commands in one call
 *     read 1 7, lease 1               asks for read index 7; whether the lease is valid
 *     transfer 1 2                    hands leadership of replica 1 to 2
 *     join 4                          replica 4 runs, and does not know its group yet
 *     change 1 voters 1 2 [learners 4]  asks replica 1 to make these the members
 *     members                         what each replica takes for the members
 *     compact 1 5                     replica 1 forgets its log up to index 5
 *     install 3                       the state disk of replica 3 ends an installation
 *     persist 1 [2]                   flushes all (or the 2 oldest) writes of replica 1
 *     stall 1, resume 1               its disk flushes nothing while others `settle`
 *     crash 1, restart 1              crashes, losing what was not flushed; starts from its disk
 *     settle                          flushes and delivers until all is said
 *     status, log, progress 1         what each replica knows, holds; what the leader knows of them
 */
export class ScriptRunner {
  private readonly trace = new Trace();
  private readonly cluster = new Cluster(this.trace);
  private readonly given = new Map<string, Pick<ReplicaSetup, 'log' | 'term'>>();
  private readonly cut = new Set<string>();
  private readonly stalled = new Set<string>();

  run(command: string): readonly string[] {
    const [name = '', ...words] = command.split(/\s+/);
    const act = this.commands.get(name);
    invariant(act !== undefined, 'ScriptRunner: knows the command', { command });
    this.trace.quiet = name === 'settle' || name === 'beat';
    act(words);
    const lines = this.trace.take();
    return lines.length === 0 ? ['ok'] : lines;
  }

  private readonly commands = new Map<string, (words: readonly string[]) => void>([
    ['given', ([id = '', ...words]) => this.give(id, words)],
    ['start', (words) => this.start(words)],
    [
      'tick',
      ([id = '', ticks, , everyMs]) =>
        this.tick(id, Number(ticks), Number(everyMs ?? HEARTBEAT_MS)),
    ],
    ['beat', ([beats, ...ids]) => this.beat(Number(beats), ids)],
    ['now', ([elapsed]) => this.cluster.pass(Number(elapsed))],
    ['deliver', ([link]) => this.takeLink(link).forEach((message) => this.deliver(message))],
    ['drop', ([link]) => this.takeLink(link).forEach((message) => this.note('lost', message))],
    ['duplicate', ([link]) => this.cluster.inTransit.push(...this.onLink(link))],
    ['reverse', ([link]) => this.reverse(link)],
    ['cut', ([id = '']) => this.cut.add(id)],
    ['heal', () => this.cut.clear()],
    ['propose', ([id = '', ...commands]) => this.propose(id, commands)],
    ['read', ([id = '', read]) => this.read(id, Number(read))],
    ['lease', ([id = '']) => this.lease(id)],
    ['transfer', ([id = '', to = '']) => this.transfer(id, to)],
    ['join', ([id = '']) => this.join(id)],
    ['change', ([id = '', , ...words]) => this.change(id, words)],
    ['members', () => this.members()],
    ['compact', ([id = '', through]) => this.compact(id, Number(through))],
    ['install', ([id = '']) => this.install(id)],
    ['persist', ([id = '', count]) => this.persist(id, count)],
    ['stall', ([id = '']) => this.stalled.add(id)],
    ['resume', ([id = '']) => this.stalled.delete(id)],
    ['crash', ([id = '']) => this.cluster.crash(id)],
    ['restart', ([id = '']) => this.cluster.restart(id)],
    ['settle', () => this.settle()],
    ['status', () => this.status()],
    ['log', () => this.log()],
    ['progress', ([id = '']) => this.progress(id)],
  ]);

  private give(id: string, words: readonly string[]): void {
    const [logWords, termWords] = words
      .join(' ')
      .replace(/^log ?/, '')
      .split(/ ?term /);
    const log = (logWords ?? '')
      .split(' ')
      .filter((word) => word !== '')
      .map(Number);
    this.given.set(id, { log, ...(termWords === undefined ? {} : { term: Number(termWords) }) });
  }

  private start(words: readonly string[]): void {
    const size = Number(words[0]);
    const voters = Array.from({ length: size }, (_, position) => String(position + 1));
    const learners = words.slice(2);
    for (const id of [...voters, ...learners]) {
      const timeoutTicks = [Math.min(9 + Number(id), 19)];
      this.cluster.add({ id, voters, learners, timeoutTicks, ...this.given.get(id) });
    }
  }

  private join(id: string): void {
    const timeoutTicks = [Math.min(9 + Number(id), 19)];
    this.cluster.add({ id, voters: [], timeoutTicks, formation: false });
  }

  private change(id: string, words: readonly string[]): void {
    const place = words.indexOf('learners');
    const voters = place === -1 ? words : words.slice(0, place);
    const learners = place === -1 ? [] : words.slice(place + 1);
    this.cluster.input(id, (replica) => {
      const outcome = replica.changeMembers(voters, learners);
      const refused = outcome.kind === 'refused';
      this.trace.note(refused ? `refused: ${outcome.reason}` : `begins with ${outcome.index}`);
    });
  }

  private members(): void {
    for (const { id, up, replica } of this.cluster.members.values()) {
      const { members, committedMembers } = replica.raft;
      const committed = membersText(committedMembers);
      const state = members === committedMembers ? '' : `; committed: ${committed}`;
      this.trace.note(up ? `${id} ${membersText(members)}${state}` : `${id} is down`);
    }
  }

  private tick(id: string, ticks: number, everyMs: number): void {
    for (let count = 0; count < ticks; count += 1) {
      this.cluster.pass(everyMs);
      this.cluster.tick(id);
    }
  }

  private beat(beats: number, ids: readonly string[]): void {
    for (let beat = 0; beat < beats; beat += 1) {
      this.cluster.pass(HEARTBEAT_MS);
      for (const { id, up } of this.cluster.members.values()) {
        const ticks = up && (ids.length === 0 || ids.includes(id));
        if (ticks) this.cluster.tick(id);
      }
      this.settle();
    }
  }

  private onLink(link: string | undefined): readonly Message[] {
    const { inTransit } = this.cluster;
    return inTransit.filter(({ from, to }) => link === undefined || link === `${from}->${to}`);
  }

  private takeLink(link: string | undefined): readonly Message[] {
    const taken = this.onLink(link);
    this.cluster.inTransit = this.cluster.inTransit.filter((message) => !taken.includes(message));
    return taken;
  }

  private reverse(link: string | undefined): void {
    const taken = this.takeLink(link);
    this.cluster.inTransit.push(...taken.toReversed());
  }

  private deliver(message: Message): void {
    const { from, to } = message;
    if (this.cut.has(from) || this.cut.has(to) || !this.cluster.member(to).up) {
      return this.note('lost', message);
    }
    this.note('got', message);
    this.cluster.deliver(message);
  }

  private note(what: string, message: Message): void {
    this.trace.note(`${what} ${message.from} -> ${message.to} ${messageText(message)}`);
  }

  private propose(id: string, commands: readonly string[]): void {
    this.cluster.input(id, (replica) => {
      const outcome = replica.propose(...commands);
      if (outcome.kind === 'refused') this.trace.note(`refused: ${outcome.reason}`);
      else this.trace.note(`appended from ${outcome.firstIndex}@${outcome.term}`);
    });
  }

  private read(id: string, read: number): void {
    this.cluster.input(id, (replica) => this.trace.note(replica.requestRead(read)));
  }

  private lease(id: string): void {
    this.trace.note(this.cluster.member(id).replica.leaseValid() ? 'valid' : 'not valid');
  }

  private transfer(id: string, to: string): void {
    this.cluster.input(id, ({ raft, instant }) => {
      this.trace.note(raft.transfer(replicaId(to), instant));
    });
  }

  private compact(id: string, through: number): void {
    this.cluster.input(id, ({ raft }) => raft.compact(logIndex(through)));
  }

  private install(id: string): void {
    if (!this.cluster.finishInstall(id)) this.trace.note('nothing to install');
  }

  private persist(id: string, count: string | undefined): void {
    const last = this.cluster.persist(id, count === undefined ? undefined : Number(count));
    this.trace.note(last === null ? 'nothing to flush' : `flushed #${last}`);
  }

  private settle(): void {
    settle(this.cluster, {
      reaches: ({ from, to }) => !this.cut.has(from) && !this.cut.has(to),
      flushes: (id) => !this.stalled.has(id),
    });
  }

  private status(): void {
    for (const { id, up, replica, state: machine, held } of this.cluster.members.values()) {
      const { raft } = replica;
      const state = `${raft.roleName}, term ${raft.term}, vote ${raft.votedFor ?? 'none'}`;
      const log = `last ${raft.lastIndex}@${raft.termAt(raft.lastIndex)}, commit ${raft.commitIndex}`;
      const rest = `applied ${machine.appliedIndex}${held.length > 0 ? `, ${held.length} held` : ''}`;
      this.trace.note(up ? `${id} ${state}, ${log}, ${rest}` : `${id} is down`);
    }
  }

  private log(): void {
    for (const { id, up, replica } of this.cluster.members.values()) {
      const disk = entriesText(replica.disk.durableEntries);
      const memory = up ? entriesText(replica.log()) : disk;
      const { base } = replica.disk;
      const start = base.index === 0 ? '' : `after ${entryName(base)}: `;
      this.trace.note(`${id} ${start}${memory}${memory === disk ? '' : `; on disk: ${disk}`}`);
    }
  }

  private progress(id: string): void {
    const { leadership } = this.cluster.member(id).replica.raft;
    invariant(leadership !== undefined, 'ScriptRunner: only a leader knows the progress', { id });
    for (const peer of this.cluster.members.values()) {
      const progress = leadership.progressOf(peer.replica.id);
      if (progress === undefined) continue;
      const { state, matchIndex, nextIndex, paused } = progress;
      const waits = paused ? ', waits' : '';
      this.trace.note(`${peer.id} ${state}, match ${matchIndex}, next ${nextIndex}${waits}`);
    }
  }
}
