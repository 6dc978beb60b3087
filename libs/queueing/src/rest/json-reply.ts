import type { FastifyReply } from 'fastify';

const JSON_MEDIA_TYPE = 'application/json; charset=utf-8';

/** Makes a text that a handler returns the JSON that it is: Fastify sends it as it stands. */
export function jsonText(reply: FastifyReply, text: string): string {
  void reply.type(JSON_MEDIA_TYPE);
  return text;
}

/** Tells the client that an answer was given before. */
export function markReplayed(reply: FastifyReply, replayed: boolean): void {
  if (replayed) void reply.header('Idempotency-Replayed', 'true');
}
