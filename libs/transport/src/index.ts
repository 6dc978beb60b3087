export type { EventHandler } from './inbound/event-dispatcher.js';
export type { Askers, RequestContext, RequestHandler } from './inbound/request-dispatcher.js';
export {
  MESSAGE_BYTES_MAX,
  REQUESTS_IN_FLIGHT_MAX,
  UNSENT_BYTES_MAX,
  UNSENT_EVENT_BYTES_MAX,
} from './limits.js';
export { LocalIdentity } from './identity/local-identity.js';
export type { ListedPeer } from './inbound/inbound-peers.js';
export type { PeerIdentity } from './identity/peer-identity.js';
export { peerMicroserviceOptions } from './peer-microservice-options.js';
export { PEER_METRICS, type Channel, type PeerMetrics, type PeerStatus } from './peer-status.js';
export { PEER_TIMING, PEER_TIMING_DEFAULT, type PeerTiming } from './peer-timing.js';
export { PeerTransport, type RequestOptions } from './peer-transport.js';
export { WallInterval } from './wall-interval.js';
export { TransportError, type RemoteError, type TransportErrorCode } from './transport-error.js';
export { TransportModule } from './transport.module.js';
