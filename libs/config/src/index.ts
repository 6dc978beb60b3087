export {
  CONFIGURATION,
  type LogFormat,
  type LogLevel,
  type PeerAddress,
  type SinkronConfiguration,
  type Store,
} from './configuration.js';
export { ConfigurationError } from './configuration-error.js';
export { ConfigurationModule } from './configuration.module.js';
export { hostAndPort, isLoopback, parseHostAndPort } from './environment/host.js';
export { VARIABLES, type Environment, type VariableName } from './environment/variables.js';
export { isNodeId, nodeId, type NodeId } from './node-id.js';
export { parseConfiguration } from './parse-configuration.js';
export { readConfiguration } from './read-configuration.js';
export { ROLES, type Role } from './role.js';
