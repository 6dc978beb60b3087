import { fieldsOf, integerField, WHOLE } from '@sinkron/fields';
import { textField } from '../../core/fields.js';
import { NAME_BYTES_MAX } from '../../core/limits.js';
import type { ReadyNotice } from '../../core/commands/topic-request.js';

/** @throws MalformedValue */
export function readNotice(body: unknown): ReadyNotice {
  const fields = fieldsOf(body, 'a notice');
  return {
    topic: textField(fields, 'topic', NAME_BYTES_MAX),
    group: textField(fields, 'group', NAME_BYTES_MAX),
    ready: integerField(fields, 'ready', WHOLE),
  };
}
