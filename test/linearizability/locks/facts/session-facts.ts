import type { LockRecord } from '../../records/lock-record.js';
import { leastMs, type LeaseClock } from '../lease-clock.js';

/**
 * What a whole history proves about the life of one session. A session never comes back, so these
 * few times say all there is: who saw it alive saw it before its end.
 */
export interface SessionFacts {
  readonly sessionId: string;
  readonly lockDelayMs: number;
  /** It cannot have expired before. */
  readonly expiresFrom: number;
  /** Nobody can have deleted it before; Infinity when nobody tried. */
  readonly deletedFrom: number;
  /** It has ended by then. */
  readonly endedBy: number;
}

interface Evidence {
  ttlMs: number;
  lockDelayMs: number;
  aliveAt: number;
  leasedFrom: number;
  deletion: number;
  endedBy: number;
}

/** Gathers what the records say about each session. */
export function readSessions(
  records: readonly LockRecord[],
  clock: LeaseClock,
): ReadonlyMap<string, SessionFacts> {
  const sessions = new Map<string, Evidence>();
  const sessionOf = sessionsByToken(records);
  for (const record of records) gather(sessions, sessionOf, record);
  const facts = [...sessions].map(([sessionId, evidence]): SessionFacts => {
    const { ttlMs, lockDelayMs, aliveAt, leasedFrom, deletion, endedBy } = evidence;
    const expiresFrom = Math.max(aliveAt, leasedFrom + leastMs(clock, ttlMs));
    const deletedFrom = Math.max(aliveAt, deletion);
    return { sessionId, lockDelayMs, expiresFrom, deletedFrom, endedBy };
  });
  return new Map(facts.map((session) => [session.sessionId, session]));
}

/** Why a session cannot have lived as the history says; null when it can. */
export function sessionObjection(session: SessionFacts): string | null {
  const { sessionId, expiresFrom, deletedFrom, endedBy } = session;
  if (Math.min(expiresFrom, deletedFrom) <= endedBy) return null;
  const deletion = deletedFrom === Infinity ? 'nobody deleted it' : `deleted from ${deletedFrom}`;
  return `session ${sessionId} had ended by ${endedBy}, but could expire from ${expiresFrom} on at the earliest, and ${deletion}`;
}

function gather(
  sessions: Map<string, Evidence>,
  sessionOf: ReadonlyMap<number, string>,
  { input, output, invokedAt, returnedAt }: LockRecord,
): void {
  if (input.kind === 'end-session') {
    const evidence = find(sessions, input.sessionId);
    if (output === null || output.status === 'ended') {
      evidence.deletion = Math.min(evidence.deletion, invokedAt);
    }
  }
  if (output === null || returnedAt === null) return;
  const alive = (sessionId: string, leased: boolean): Evidence => {
    const evidence = find(sessions, sessionId);
    evidence.aliveAt = Math.max(evidence.aliveAt, invokedAt);
    if (leased) evidence.leasedFrom = Math.max(evidence.leasedFrom, invokedAt);
    return evidence;
  };
  switch (output.status) {
    case 'created': {
      if (input.kind !== 'create-session') return;
      const evidence = alive(output.sessionId, true);
      evidence.ttlMs = input.ttlMs;
      evidence.lockDelayMs = input.lockDelayMs;
      return;
    }
    case 'alive':
    case 'ended': {
      if (input.kind !== 'keep-alive' && input.kind !== 'end-session') return;
      const evidence = alive(input.sessionId, output.status === 'alive');
      if (output.status === 'ended') evidence.endedBy = Math.min(evidence.endedBy, returnedAt);
      return;
    }
    case 'session-not-found': {
      const sessionId = 'sessionId' in input ? input.sessionId : null;
      if (sessionId === null) return;
      const evidence = find(sessions, sessionId);
      evidence.endedBy = Math.min(evidence.endedBy, returnedAt);
      return;
    }
    case 'granted':
      if (input.kind !== 'acquire' || input.sessionId === null) return;
      // Only a grant at once begins the session's lease anew for certain.
      alive(input.sessionId, input.waitMs === 0);
      return;
    case 'renewed':
    case 'released':
      if (input.kind !== 'renew' && input.kind !== 'release') return;
      for (const { token } of input.locks) {
        const sessionId = sessionOf.get(token);
        if (sessionId !== undefined) alive(sessionId, output.status === 'renewed');
      }
      return;
    case 'held':
    case 'refused':
    case 'not-holder':
    case 'seen':
    case 'free':
    case 'broken':
    case 'not-done':
  }
}

/** In which session a token was granted. */
function sessionsByToken(records: readonly LockRecord[]): ReadonlyMap<number, string> {
  const sessions = new Map<number, string>();
  for (const { input, output } of records) {
    if (input.kind !== 'acquire' || input.sessionId === null) continue;
    if (output?.status !== 'granted') continue;
    for (const { token } of output.locks) sessions.set(token, input.sessionId);
  }
  return sessions;
}

function find(sessions: Map<string, Evidence>, sessionId: string): Evidence {
  let evidence = sessions.get(sessionId);
  if (evidence === undefined) {
    evidence = {
      ttlMs: 0,
      lockDelayMs: 0,
      aliveAt: 0,
      leasedFrom: 0,
      deletion: Infinity,
      endedBy: Infinity,
    };
    sessions.set(sessionId, evidence);
  }
  return evidence;
}
