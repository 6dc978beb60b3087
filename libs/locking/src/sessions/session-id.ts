import { createHash, randomBytes } from 'node:crypto';
import type { IdempotentRequest } from '@sinkron/http';

/** Bytes of an id: two of 10^9 sessions are the same with a chance of 10^-21. */
const ID_BYTES = 16;

/**
 * The id of a new session. A request with an Idempotency-Key names the same one at every node, as
 * its repeats are told the first answer; ids are no secrets, anybody may list them.
 */
export function newSessionId(request: IdempotentRequest | undefined): string {
  if (request === undefined) return randomBytes(ID_BYTES).toString('hex');
  const { key, fingerprint, path } = request;
  const digest = createHash('sha256').update(`session\n${path}\n${key}\n${fingerprint}`).digest();
  return digest.subarray(0, ID_BYTES).toString('hex');
}
