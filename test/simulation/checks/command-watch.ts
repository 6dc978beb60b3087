import {
  decode,
  decodeCommand,
  PROPOSERS_MACHINE,
  TupleReader,
  type Command,
  type CommandOutcome,
  type GroupMachine,
} from '@sinkron/consensus';
import { expectPromise } from '../world/violation.js';
import type { World } from '../world/world.js';

type Entry = Parameters<GroupMachine['apply']>[0];

/** Which commands stand in the log, as the first of all replicas applies them. */
export class CommandWatch {
  private readonly seen = new Set<string>();

  constructor(private readonly world: World) {}

  applied(entry: Entry, outcomes: readonly CommandOutcome[]): void {
    if (entry.kind !== 'commands') return;
    const commands = new TupleReader([decode(entry.data)]).list().map((item) => {
      return decodeCommand(new TupleReader([item]).bytes());
    });
    expectPromise(commands.length === outcomes.length, 'a command has an outcome', {
      index: entry.index,
    });
    commands.forEach((command, position) => this.command(command, outcomes[position]));
  }

  private command({ machine, body, id }: Command, outcome: CommandOutcome | undefined): void {
    if (machine === PROPOSERS_MACHINE && new TupleReader(body).text() === 'close') {
      this.world.met('proposer closed');
    }
    if (id === null) return;
    const name = `${id.proposer}/${id.sequence}`;
    if (this.seen.has(name) && outcome?.kind === 'applied') {
      this.world.met('duplicate command suppressed');
    }
    if (outcome?.kind === 'unknownProposer') {
      this.world.met('command of a closed proposer refused');
    }
    this.seen.add(name);
  }
}
