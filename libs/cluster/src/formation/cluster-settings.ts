import { ConfigurationError, type SinkronConfiguration } from '@sinkron/config';
import type { DataDirectory } from '@sinkron/storage';
import type { ClusterSettings } from '../core/formation.js';

/** What this node would fix for ever if it created a cluster, and what it must share with its own. */
export function clusterSettings(
  configuration: SinkronConfiguration,
  directory: Pick<DataDirectory, 'identity'>,
): ClusterSettings {
  const { shards, replicationFactor, queueStore, cacheStore, heartbeatMs } = configuration;
  const { formatVersion } = directory.identity;
  return { shards, replicationFactor, queueStore, cacheStore, formatVersion, heartbeatMs };
}

/** The refusal to start on a folder of a cluster with other settings. */
export function otherSettings(difference: string): ConfigurationError {
  return new ConfigurationError([
    `${difference} in the cluster that this data folder belongs to; these settings are fixed when a cluster is created: start the node with the cluster's value`,
  ]);
}
