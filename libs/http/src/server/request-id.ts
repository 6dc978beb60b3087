import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { REQUEST_ID_LENGTH_MAX } from '../limits.js';

/** One or more visible ASCII characters: no space, no control character. */
export const VISIBLE_ASCII_PATTERN = /^[\x21-\x7e]+$/;

/** The caller's `X-Request-Id`, or a new one when it sent none that can be echoed. */
export function requestIdOf(request: Pick<IncomingMessage, 'headers'>): string {
  const sent = request.headers['x-request-id'];
  const echoed =
    typeof sent === 'string' &&
    sent.length <= REQUEST_ID_LENGTH_MAX &&
    VISIBLE_ASCII_PATTERN.test(sent);
  return echoed ? sent : randomUUID();
}
