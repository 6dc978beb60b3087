import { ExactPacker } from '@sinkron/message-pack';
import { Unpackr, type Options } from 'msgpackr';
import type { RecordCodec } from '../core/ports.js';

const OPTIONS: Options = { useRecords: false, int64AsType: 'number', encodeUndefinedAsNil: true };

/** MessagePack, as the replicas use it. */
export function messagePackCodec(): RecordCodec {
  const packer = new ExactPacker(OPTIONS);
  const unpackr = new Unpackr(OPTIONS);
  return {
    encode: (record) => packer.pack(record),
    decode: (encoded): unknown => unpackr.unpack(encoded),
  };
}
