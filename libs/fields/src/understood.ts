import { MalformedValue } from './fields.js';

/** The answer to a command, query or request that this version does not understand; nothing happened. */
export interface Malformed {
  readonly status: 'malformed';
  readonly message: string;
}

/** Answers what cannot be read, which a node of another version may send, instead of throwing. */
export function understood<Answer>(answer: () => Answer): Answer | Malformed {
  try {
    return answer();
  } catch (error) {
    if (!(error instanceof MalformedValue)) throw error;
    return { status: 'malformed', message: error.message };
  }
}
