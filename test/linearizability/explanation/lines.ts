import type { LockInput, LockOutput, LockRecord, SeenHolder } from '../records/lock-record.js';
import { shown } from '../locks/turn.js';

/** One record on one line: when, who, what, and what came of it. */
export function recordLine({ client, node, input, output, ...times }: LockRecord): string {
  const { invokedAt, returnedAt } = times;
  const span = `${shown(invokedAt)}..${returnedAt === null ? '?' : shown(returnedAt)}`;
  const where = node === null ? '' : ` at ${node}`;
  const answer = output === null ? 'unknown' : outputText(output);
  return `${span.padEnd(22)} ${client}${where}: ${inputText(input)} -> ${answer}`;
}

function inputText(input: LockInput): string {
  switch (input.kind) {
    case 'acquire': {
      const { owner, sessionId, locks, ttlMs, waitMs, lockDelayMs } = input;
      const wanted = locks.map(({ name, mode }) => `${name} ${mode}`).join(', ');
      const session = sessionId === null ? '' : ` in ${sessionId}`;
      const delay = lockDelayMs === 0 ? '' : `, delay ${lockDelayMs}`;
      return `acquire ${wanted} for ${owner}${session} (ttl ${ttlMs}, wait ${waitMs}${delay})`;
    }
    case 'release':
      return `release ${claimsText(input.locks)} of ${input.owner}`;
    case 'renew': {
      const length = input.ttlMs === null ? '' : ` (ttl ${input.ttlMs})`;
      return `renew ${claimsText(input.locks)} of ${input.owner}${length}`;
    }
    case 'get':
    case 'break':
      return `${input.kind} ${input.name}`;
    case 'create-session':
      return `create a session (ttl ${input.ttlMs}, delay ${input.lockDelayMs})`;
    case 'keep-alive':
    case 'end-session':
      return `${input.kind} ${input.sessionId}`;
  }
}

function outputText(output: LockOutput): string {
  switch (output.status) {
    case 'granted':
    case 'renewed':
      return `${output.status} ${output.locks
        .map(({ name, mode, token, holds }) => `${name} ${mode} token ${token} holds ${holds}`)
        .join(', ')}`;
    case 'released':
      return `released ${output.locks.map(({ name, holds }) => `${name} holds ${holds}`).join(', ')}`;
    case 'held':
      return `held: ${output.name} by ${holdersText(output.holders)}`;
    case 'not-holder':
      return `not the holder of ${output.name}`;
    case 'refused':
      return output.reason;
    case 'seen':
      return `${output.mode}, held by ${holdersText(output.holders)}`;
    case 'created':
      return `session ${output.sessionId}`;
    case 'free':
    case 'broken':
    case 'alive':
    case 'ended':
    case 'session-not-found':
    case 'not-done':
      return output.status;
  }
}

function claimsText(locks: readonly { readonly name: string; readonly token: number }[]): string {
  return locks.map(({ name, token }) => `${name} token ${token}`).join(', ');
}

function holdersText(holders: readonly SeenHolder[] | null): string {
  if (holders === null) return 'many';
  if (holders.length === 0) return 'nobody';
  return holders
    .map(({ owner, sessionId, token, holds }) => {
      const session = sessionId === null ? '' : ` in ${sessionId}`;
      return `${owner}${session} (token ${token}, holds ${holds})`;
    })
    .join(', ');
}
