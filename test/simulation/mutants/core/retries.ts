import { ProposerTable } from '../../../../libs/consensus/src/group/proposers/proposer-table.js';
import { bending, together } from './bending.js';

type Admit = ProposerTable['admit'];
type Record = ProposerTable['record'];

/** Forgets to look whether a command was applied before. */
export const appliesRetries = bending(ProposerTable, 'admit', (old: Admit) => {
  return function (this: ProposerTable, command) {
    const admission = old.call(this, command);
    const again = admission.kind === 'repeated' && admission.outcome.kind === 'applied';
    return again ? { kind: 'new' } : admission;
  };
});

type Latest = Parameters<Record>;

const latest = new WeakMap<ProposerTable, Map<string, Latest>>();

/** Remembers the highest command of a proposer only, and takes all below for applied with it. */
export const dropsOvertaken = together(
  bending(ProposerTable, 'admit', (old: Admit) => {
    return function (this: ProposerTable, command) {
      const known = latest.get(this)?.get(command.proposer);
      const overtaken = known !== undefined && command.sequence < known[0].sequence;
      return overtaken ? { kind: 'repeated', outcome: known[1] } : old.call(this, command);
    };
  }),
  bending(ProposerTable, 'record', (old: Record) => {
    return function (this: ProposerTable, command, outcome) {
      const known = latest.get(this) ?? new Map<string, Latest>();
      latest.set(this, known);
      const { sequence = 0 } = known.get(command.proposer)?.[0] ?? {};
      if (command.sequence >= sequence) known.set(command.proposer, [command, outcome]);
      old.call(this, command, outcome);
    };
  }),
);
