import { Packr } from 'msgpackr';
import type { RecordCodec } from '../core/ports.js';

/** MessagePack, as the replicas use it. */
export function messagePackCodec(): RecordCodec {
  const packr = new Packr({ useRecords: false, int64AsType: 'number', encodeUndefinedAsNil: true });
  return {
    encode: (record) => packr.pack(record),
    decode: (encoded): unknown => packr.unpack(encoded),
  };
}
