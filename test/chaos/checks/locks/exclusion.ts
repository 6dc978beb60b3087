import type { Belief, Beliefs } from './beliefs.js';
import { found, type Finding } from '../check.js';

/** No two holders in modes that exclude each other, by the clients' own clocks. */
export function checkExclusion(beliefs: Beliefs): Finding {
  const violations = beliefs.names.flatMap((name) => overlaps(beliefs.of(name)));
  const seen = `${beliefs.all.length} holds of ${beliefs.names.length} locks`;
  return found(
    'never two holders that exclude each other, as the clients see it',
    seen,
    violations,
  );
}

function overlaps(holds: readonly Belief[]): readonly string[] {
  const violations: string[] = [];
  let active: Belief[] = [];
  for (const hold of holds.toSorted((left, right) => left.from - right.from)) {
    active = active.filter(({ until }) => until > hold.from);
    if (hold.until <= hold.from) continue;
    for (const other of active) {
      const shared = hold.mode === 'shared' && other.mode === 'shared';
      if (shared || isSameHolder(hold, other)) continue;
      violations.push(`${hold.name}: ${describe(other)} and ${describe(hold)}`);
    }
    active.push(hold);
  }
  return violations;
}

/** Tokens are granted once, and grow over all locks. */
export function checkTokens(beliefs: Beliefs): Finding {
  const violations: string[] = [];
  const grants = beliefs.all;
  const owners = new Map<number, Belief>();
  for (const grant of grants) {
    const other = owners.get(grant.token);
    if (other !== undefined) {
      violations.push(
        `one token for two: ${other.name} ${describe(other)}, ${grant.name} ${describe(grant)}`,
      );
    }
    owners.set(grant.token, grant);
  }
  // The largest token that was answered before each was asked for.
  const answered = grants.toSorted((left, right) => left.from - right.from);
  let next = 0;
  let largest: Belief | undefined;
  for (const grant of grants.toSorted((left, right) => left.askedAt - right.askedAt)) {
    for (;;) {
      const candidate = answered[next];
      if (candidate === undefined || candidate.from >= grant.askedAt) break;
      if (candidate.token > (largest?.token ?? 0)) largest = candidate;
      next += 1;
    }
    if (largest === undefined || grant.token > largest.token) continue;
    violations.push(
      `${grant.name} ${describe(grant)} was asked for after ${largest.name} ${describe(largest)} was answered`,
    );
  }
  return found(
    'every grant has a token larger than all before it',
    `${grants.length} tokens`,
    violations,
  );
}

function isSameHolder(left: Belief, right: Belief): boolean {
  return left.owner === right.owner && left.sessionId === right.sessionId;
}

function describe({ owner, token, mode, from, until }: Belief): string {
  return `${owner} (token ${token}, ${mode}, ${from.toFixed(0)} to ${until.toFixed(0)} ms)`;
}
