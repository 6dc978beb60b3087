import type { LockRecord } from '../../../linearizability/lock-history.js';
import type { Belief, Beliefs } from './beliefs.js';
import { found, type Finding } from '../check.js';

/** Nothing that was granted is gone before its lease has ended. */
export function checkLeases(records: readonly LockRecord[], beliefs: Beliefs): Finding {
  const violations: string[] = [];
  const endedSessions = firstEnds(records);
  let looks = 0;
  for (const record of records) {
    const { input, output, returnedAt } = record;
    if (output === null || returnedAt === null) continue;
    if (input.kind === 'keep-alive') {
      looks += 1;
      const lives = returnedAt <= (beliefs.sessionEnds.get(input.sessionId) ?? 0);
      const ended = (endedSessions.get(input.sessionId) ?? Infinity) <= returnedAt;
      if (output.status === 'session-not-found' && lives && !ended) {
        violations.push(`session ${input.sessionId} was gone at ${returnedAt.toFixed(0)} ms`);
      }
      continue;
    }
    const contradicted = holdsOf(record, beliefs).filter((hold) => contradicts(record, hold));
    looks += 1;
    for (const { name, owner, token, from, leaseUntil } of contradicted) {
      const lease = `held from ${from.toFixed(0)} to ${leaseUntil.toFixed(0)} ms`;
      const at = `${record.invokedAt.toFixed(0)} to ${returnedAt.toFixed(0)} ms`;
      violations.push(
        `${name}: ${owner} with token ${token}, ${lease}, but ${input.kind} at ${at} says ${JSON.stringify(output)}`,
      );
    }
  }
  return found(
    'no acknowledged hold or session is lost before its lease has ended',
    `${looks} answers`,
    violations,
  );
}

/** The holds of which this answer speaks, all the time between question and answer. */
function holdsOf(
  { input, invokedAt, returnedAt }: LockRecord,
  beliefs: Beliefs,
): readonly Belief[] {
  const until = returnedAt ?? Infinity;
  switch (input.kind) {
    case 'get':
      return beliefs.of(input.name).filter((hold) => hold.from <= invokedAt && until <= hold.until);
    case 'renew':
      return input.locks
        .flatMap(({ name }) => beliefs.of(name))
        .filter((hold) => hold.owner === input.owner)
        .filter((hold) => hold.from <= invokedAt && until <= hold.until);
    case 'release':
      return (
        input.locks
          .flatMap(({ name }) => beliefs.of(name))
          .filter((hold) => hold.owner === input.owner && !beliefs.broken.has(hold.name))
          .filter((hold) => hold.sessionId === null)
          // The first release only: it is what has ended the belief.
          .filter((hold) => invokedAt <= hold.until && until <= hold.leaseUntil)
      );
    case 'acquire':
    case 'break':
    case 'create-session':
    case 'keep-alive':
    case 'end-session':
      return [];
  }
}

function contradicts({ output }: LockRecord, hold: Belief): boolean {
  switch (output?.status) {
    case 'free':
      return true;
    case 'not-holder':
      return output.name === hold.name;
    case 'seen':
      return output.holders?.every(({ owner }) => owner !== hold.owner) ?? false;
    case 'granted':
    case 'held':
    case 'refused':
    case 'released':
    case 'renewed':
    case 'broken':
    case 'created':
    case 'alive':
    case 'ended':
    case 'session-not-found':
    case 'not-done':
    case undefined:
      return false;
  }
}

/** When each session was first told to end. */
function firstEnds(records: readonly LockRecord[]): ReadonlyMap<string, number> {
  const ends = new Map<string, number>();
  for (const { input, invokedAt } of records) {
    if (input.kind !== 'end-session') continue;
    ends.set(input.sessionId, Math.min(invokedAt, ends.get(input.sessionId) ?? Infinity));
  }
  return ends;
}
