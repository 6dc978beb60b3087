import { ExactPacker } from '@sinkron/message-pack';
import { Unpackr, type Options } from 'msgpackr';
import type { RecordCodec } from '../core/table/ports.js';

const OPTIONS: Options = {
  useRecords: false,
  mapsAsObjects: true,
  variableMapSize: true,
  moreTypes: false,
};

/** MessagePack, as the replicas use it. */
export function messagePackCodec(): RecordCodec {
  const packer = new ExactPacker(OPTIONS);
  const unpackr = new Unpackr(OPTIONS);
  return {
    encode: (record) => packer.pack(record),
    decode: (bytes): unknown => unpackr.unpack(bytes),
  };
}
