import { firstValueFrom } from 'rxjs';
import type { Refusal } from '../handshake/handshake-message.js';
import type { HandshakeInitiator } from '../handshake/handshake-initiator.js';
import type { PeerIdentity } from '../identity/peer-identity.js';
import type { PeerTiming } from '../peer-timing.js';
import { stopOnViolation } from '../stop-on-violation.js';
import { PATTERNS, type Pattern } from '../wire/wire-message.js';
import type { ChannelClient } from './channel-client.js';

export type ConnectionOutcome =
  | { readonly kind: 'accepted'; readonly identity: PeerIdentity }
  | Refusal
  | { readonly kind: 'failed'; readonly error: unknown };

/** Connects and shakes hands, within the two timeouts. Never rejects. */
export async function openConnection(
  client: ChannelClient,
  initiator: HandshakeInitiator,
  timing: PeerTiming,
): Promise<ConnectionOutcome> {
  let timer = destroyAfter(client, timing.connectTimeoutMs, 'no connection in time');
  try {
    // Nest's promise stays pending when a socket is destroyed while it connects.
    await Promise.race([client.connect(), client.closed.then(() => failClosed(client))]);
    clearTimeout(timer);
    timer = destroyAfter(client, timing.handshakeTimeoutMs, 'no handshake in time');
    const answer = initiator.onChallenge(await ask(client, PATTERNS.hello, initiator.hello));
    if (answer.kind === 'refused') return answer;
    return initiator.onAcceptance(await ask(client, PATTERNS.prove, answer.proof));
  } catch (error) {
    stopOnViolation(error);
    return { kind: 'failed', error: client.fault ?? error };
  } finally {
    clearTimeout(timer);
  }
}

function ask(client: ChannelClient, pattern: Pattern, data: object): Promise<unknown> {
  return firstValueFrom(client.send<unknown>(pattern, data));
}

function failClosed(client: ChannelClient): never {
  throw client.fault ?? new Error('the connection was closed');
}

function destroyAfter(client: ChannelClient, delayMs: number, reason: string): NodeJS.Timeout {
  return setTimeout(() => client.destroy(new Error(reason)), delayMs);
}
