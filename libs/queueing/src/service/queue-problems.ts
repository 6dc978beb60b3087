import { ProblemError, validationFailed } from '@sinkron/http';
import type { Missing } from '../core/commands/topic-query.js';
import type { Presented, TopicResult } from '../core/commands/topic-result.js';
import { BODY_BYTES_MAX, QUEUE_FULL_RETRY_AFTER_S } from '../core/limits.js';

/** What a refusal speaks of. */
export interface Named {
  readonly topic: string;
  readonly group?: string;
  readonly id?: string;
}

/** The refusal that an answer of the topics means, where it is not the one that was asked for. */
export function refusalOf(result: TopicResult | Presented, named: Named): Error {
  switch (result.status) {
    case 'malformed':
      return validationFailed([{ field: 'body', message: result.message }]);
    case 'topic-not-found':
      return notFound('topic', named);
    case 'group-not-found':
      return notFound('group', named);
    case 'message-not-found':
      return notFound('message', named);
    case 'queue-full':
      return new ProblemError('QUEUE_FULL', result.message, {
        headers: { 'retry-after': String(QUEUE_FULL_RETRY_AFTER_S) },
      });
    case 'configuration-conflict':
      return new ProblemError('CONFIGURATION_CONFLICT', result.message);
    case 'published':
    case 'configured':
    case 'deleted':
    case 'purged':
    case 'group-created':
    case 'group-deleted':
    case 'received':
    case 'settled':
    case 'sought':
    case 'redriven':
    case 'outbox-taken':
    case 'swept':
      return new Error(`the topics answered ${result.status}`);
  }
}

export function notFound(missing: Missing['missing'], { topic, group, id }: Named): ProblemError {
  switch (missing) {
    case 'topic':
      return new ProblemError('TOPIC_NOT_FOUND', `there is no topic ${topic}; publish to it first`);
    case 'group':
      return new ProblemError('GROUP_NOT_FOUND', `the topic ${topic} has no group ${group ?? ''}`);
    case 'message':
      return new ProblemError('MESSAGE_NOT_FOUND', `the topic ${topic} has no message ${id ?? ''}`);
  }
}

/** A body above its limit. */
export function bodyTooLarge(field: string, bytes: number): ProblemError {
  const message = `has ${bytes} bytes; a body has at most ${BODY_BYTES_MAX}`;
  return new ProblemError('PAYLOAD_TOO_LARGE', `${field} ${message}`, {
    members: { errors: [{ field, message }] },
  });
}
