import { listField, MalformedValue, type Fields } from '@sinkron/fields';
import { PROPOSER_CHARS_MAX, PROPOSERS_PER_WAITER_MAX } from '../../limits.js';

/** @throws MalformedValue unless the field `proposers` lists proposers. */
export function readProposers(fields: Fields): readonly string[] {
  return listField(fields, 'proposers', PROPOSERS_PER_WAITER_MAX).map((proposer) => {
    if (typeof proposer === 'string' && proposer.length <= PROPOSER_CHARS_MAX) return proposer;
    throw new MalformedValue('proposers', `strings of at most ${PROPOSER_CHARS_MAX} characters`);
  });
}
