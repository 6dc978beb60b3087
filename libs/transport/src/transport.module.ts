import { Global, Module } from '@nestjs/common';
import { EventDispatcher } from './inbound/event-dispatcher.js';
import { InboundPeers } from './inbound/inbound-peers.js';
import { RequestDispatcher } from './inbound/request-dispatcher.js';
import { LocalIdentity } from './identity/local-identity.js';
import { PeerTransport } from './peer-transport.js';
import { PeerController } from './peer.controller.js';

/**
 * Gives `PeerTransport` and `LocalIdentity` to every module. It needs `CONFIGURATION` from a
 * global module, takes `PEER_METRICS` and `PEER_TIMING` where they are provided globally, and
 * opens no connection by itself.
 */
@Global()
@Module({
  controllers: [PeerController],
  providers: [LocalIdentity, InboundPeers, EventDispatcher, RequestDispatcher, PeerTransport],
  exports: [LocalIdentity, PeerTransport],
})
export class TransportModule {}
