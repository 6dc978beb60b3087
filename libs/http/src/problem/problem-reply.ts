import type { FastifyReply } from 'fastify';
import type { ProblemError } from './problem-error.js';

export const PROBLEM_MEDIA_TYPE = 'application/problem+json';

/** Sends a refusal; nothing happens when the answer has already begun. */
export function sendProblem(reply: FastifyReply, problem: ProblemError): void {
  if (reply.sent || reply.raw.headersSent) return;
  // Bytes: to an object or a text Fastify would add a charset, which problem+json does not have.
  const payload = Buffer.from(JSON.stringify(problem.details()));
  void reply
    .code(problem.status)
    .headers({ ...problem.headers })
    .type(PROBLEM_MEDIA_TYPE)
    .send(payload);
}
