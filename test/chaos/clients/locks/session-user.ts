import { setTimeout as sleep } from 'node:timers/promises';
import { REFUSED_PAUSE_MS, SESSION_TTL_MS } from '../../limits.js';
import { grantsIn, sessionIn, succeeded } from '../calls/answers.js';
import {
  acquire,
  createSession,
  deleteSession,
  keepSessionAlive,
  release,
} from './lock-requests.js';
import { contended, type Worker } from './worker.js';

interface Session {
  readonly sessionId: string;
  /** When it ends by the worker's clock. */
  until: number;
}

/** Opens a session, holds locks in it while it keeps it alive, and ends it or forgets it. */
export async function useSessions(worker: Worker): Promise<void> {
  const { caller, random } = worker;
  for (let turn = 1; !worker.stopping(); turn += 1) {
    const created = await caller.either(createSession(SESSION_TTL_MS));
    const sessionId = sessionIn(created);
    if (sessionId === undefined) {
      await sleep(REFUSED_PAUSE_MS);
      continue;
    }
    const session = { sessionId, until: created.invokedAt + SESSION_TTL_MS };
    const rounds = random.integer(1, 6);
    for (let round = 0; round < rounds && worker.now() < session.until; round += 1) {
      await useOne(worker, session, `${caller.client}-${turn}-${round}`);
    }
    if (!random.permille(150)) await caller.either(deleteSession(sessionId));
  }
}

async function useOne(worker: Worker, session: Session, owner: string): Promise<void> {
  const { caller, random, storage } = worker;
  const { sessionId } = session;
  const [name = ''] = contended(worker, 'mutex', 1);
  const mode = random.permille(250) ? 'shared' : 'exclusive';
  const waitMs = random.pick([0, 300, 1_000]);
  const lease = { ttlMs: SESSION_TTL_MS, waitMs };
  const asked = await caller.either(acquire({ owner, sessionId }, { name, mode }, lease));
  await keepAlive(worker, session);
  const [grant] = grantsIn(asked);
  if (grant === undefined) return;
  const writer = { owner, token: grant.token, until: session.until };
  const seen =
    mode === 'exclusive' && worker.now() < session.until ? storage.read(name, writer) : null;
  await sleep(random.integer(0, 100));
  if (seen !== null && worker.now() < session.until) storage.write(name, writer, seen);
  if (random.permille(700)) await caller.either(release({ owner }, { name, token: grant.token }));
}

async function keepAlive(worker: Worker, session: Session): Promise<void> {
  const call = await worker.caller.once(keepSessionAlive(session.sessionId));
  if (succeeded(call)) session.until = Math.max(session.until, call.invokedAt + SESSION_TTL_MS);
}
