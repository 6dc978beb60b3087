import { choiceField, fieldsOf, integerField, type Fields } from '@sinkron/fields';
import { optionalTextField, textField } from '../../fields.js';
import {
  EVENT_ID_CHARS_MAX,
  LIST_ITEMS_MAX,
  LOCK_NAME_BYTES_MAX,
  SESSION_ID_CHARS_MAX,
} from '../../limits.js';
import type { LockQuery } from '../lock-query.js';
import { readName, readSessionId } from './lock-fields.js';

const KINDS = ['get', 'list', 'session', 'sessions', 'graph', 'events'] as const;
const NAMES = { charsMin: 0, charsMax: LOCK_NAME_BYTES_MAX };
const SESSION_IDS = { charsMin: 0, charsMax: SESSION_ID_CHARS_MAX };
const EVENT_ID = { charsMin: 1, charsMax: EVENT_ID_CHARS_MAX };

/** @throws MalformedValue */
export function readQuery(value: unknown): LockQuery {
  const fields = fieldsOf(value, 'query');
  const kind = choiceField(fields, 'kind', KINDS);
  switch (kind) {
    case 'get':
      return { kind, name: readName(fields) };
    case 'list':
      return {
        kind,
        prefix: textField(fields, 'prefix', NAMES),
        after: optionalTextField(fields, 'after', NAMES),
        limit: readLimit(fields),
      };
    case 'session':
      return { kind, sessionId: readSessionId(fields) };
    case 'sessions':
      return {
        kind,
        after: optionalTextField(fields, 'after', SESSION_IDS),
        limit: readLimit(fields),
      };
    case 'graph':
      return { kind };
    case 'events':
      return {
        kind,
        after: optionalTextField(fields, 'after', EVENT_ID),
        prefix: textField(fields, 'prefix', NAMES),
        limit: readLimit(fields),
      };
  }
}

function readLimit(fields: Fields): number {
  return integerField(fields, 'limit', { min: 1, max: LIST_ITEMS_MAX });
}
