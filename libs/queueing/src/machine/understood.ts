import type { Malformed } from '../core/commands/topic-result.js';
import { MalformedValue } from '../core/fields.js';

/** Answers what cannot be read, which a node of another version may send, instead of throwing. */
export function understood<Answer>(answer: () => Answer): Answer | Malformed {
  try {
    return answer();
  } catch (error) {
    if (!(error instanceof MalformedValue)) throw error;
    return { status: 'malformed', message: error.message };
  }
}
