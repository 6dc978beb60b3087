import type { FastifyReply } from 'fastify';

/** Set before an outcome is refused, too: a remembered refusal is a repeated answer as well. */
export function markReplayed(reply: FastifyReply, replayed: boolean): void {
  if (replayed) void reply.header('Idempotency-Replayed', 'true');
}
