import { choiceField, fieldsOf, integerField, listField, WHOLE } from '@sinkron/fields';
import { textField } from '../../fields.js';
import {
  CLAIMS_PER_REQUEST_MAX,
  PROPOSER_CHARS_MAX,
  WAITERS_PER_NOTICE_MAX,
} from '../../limits.js';
import type { ClaimRequest, LockRequest, WaiterNotice } from '../lock-request.js';
import { readClaimedHolds, readOptionalTtlMs, readOwner, readSessionId } from './lock-fields.js';
import { readWaiterId } from './read-command.js';

const PROPOSER = { charsMin: 1, charsMax: PROPOSER_CHARS_MAX };

/** @throws MalformedValue */
export function readRequest(value: unknown): LockRequest {
  const fields = fieldsOf(value, 'request');
  const kind = choiceField(fields, 'kind', ['renew', 'keepalive', 'claim']);
  switch (kind) {
    case 'renew':
      return {
        kind,
        owner: readOwner(fields),
        locks: readClaimedHolds(fields),
        ttlMs: readOptionalTtlMs(fields),
      };
    case 'keepalive':
      return { kind, sessionId: readSessionId(fields) };
    case 'claim':
      return {
        kind,
        claims: listField(fields, 'claims', CLAIMS_PER_REQUEST_MAX).map(readClaim),
      };
  }
}

/** The body of a notice to the node of a proposer. @throws MalformedValue */
export function readNotice(value: unknown): WaiterNotice {
  const fields = fieldsOf(value, 'notice');
  const waiterIds = listField(fields, 'waiterIds', WAITERS_PER_NOTICE_MAX);
  return { waiterIds: waiterIds.map(readWaiterId) };
}

function readClaim(value: unknown): ClaimRequest['claims'][number] {
  const fields = fieldsOf(value, 'claim');
  return {
    waiterId: integerField(fields, 'waiterId', WHOLE),
    proposer: textField(fields, 'proposer', PROPOSER),
  };
}
