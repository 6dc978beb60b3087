import { decode, encode, TupleReader } from '@sinkron/consensus';

/** What one node tells another. */
export type PacketContent =
  | { readonly kind: 'raft'; readonly message: Uint8Array }
  | {
      readonly kind: 'request';
      readonly requestId: string;
      readonly method: string;
      readonly body: unknown;
    }
  | { readonly kind: 'reply'; readonly requestId: string; readonly body: unknown }
  /** A hint of the leader's machine to a proposer. */
  | { readonly kind: 'notice'; readonly proposer: string; readonly body: unknown };

/** With the process that sent it. */
export type Packet = PacketContent & { readonly boot: number; readonly incarnation: string };

export function encodePacket(packet: Packet): Uint8Array {
  const header = [packet.kind, packet.boot, packet.incarnation];
  switch (packet.kind) {
    case 'raft':
      return encode([...header, packet.message]);
    case 'request':
      return encode([...header, packet.requestId, packet.method, packet.body]);
    case 'reply':
      return encode([...header, packet.requestId, packet.body]);
    case 'notice':
      return encode([...header, packet.proposer, packet.body]);
  }
}

/** @throws MalformedError */
export function decodePacket(bytes: Uint8Array): Packet {
  const reader = new TupleReader(decode(bytes));
  const kind = reader.text();
  const header = { boot: reader.natural(), incarnation: reader.text() };
  switch (kind) {
    case 'raft':
      return { kind, ...header, message: reader.bytes() };
    case 'notice':
      return { kind, ...header, proposer: reader.text(), body: reader.any() };
    case 'request':
      return {
        kind,
        ...header,
        requestId: reader.text(),
        method: reader.text(),
        body: reader.any(),
      };
    default:
      return { kind: 'reply', ...header, requestId: reader.text(), body: reader.any() };
  }
}
