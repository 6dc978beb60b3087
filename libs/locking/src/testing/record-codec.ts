import { Packr } from 'msgpackr';
import type { RecordCodec } from '../core/table/ports.js';

/** MessagePack, as the replicas use it. */
export function messagePackCodec(): RecordCodec {
  const packr = new Packr({
    useRecords: false,
    mapsAsObjects: true,
    variableMapSize: true,
    moreTypes: false,
  });
  return {
    encode: (record) => packr.pack(record),
    decode: (bytes): unknown => packr.unpack(bytes),
  };
}
