import type { Socket } from 'node:net';
import { Logger } from '@nestjs/common';
import { Transport, type TcpOptions } from '@nestjs/microservices';
import type { SinkronConfiguration } from '@sinkron/config';
import { InboundGate } from './inbound/inbound-gate.js';
import { InboundSocket } from './inbound/inbound-socket.js';
import { PEER_TIMING_DEFAULT, type PeerTiming } from './peer-timing.js';

/**
 * What the application's `main` passes to `connectMicroservice(options, { inheritAppConfig: false })`
 * between creating the application and `app.init()`; `startAllMicroservices()` then opens the port,
 * which rejects with `EADDRINUSE` when it is taken. Make one for each application.
 */
export function peerMicroserviceOptions(
  { peerHost, peerPort }: Pick<SinkronConfiguration, 'peerHost' | 'peerPort'>,
  timing: PeerTiming = PEER_TIMING_DEFAULT,
): TcpOptions {
  const gate = new InboundGate(new Logger('PeerTransport'));
  /** Nest makes one for each connection, with the socket alone. */
  class GatedSocket extends InboundSocket {
    constructor(socket: Socket) {
      super(socket, gate, timing);
    }
  }
  return {
    transport: Transport.TCP,
    options: { host: peerHost, port: peerPort, socketClass: GatedSocket, retryAttempts: 0 },
  };
}
