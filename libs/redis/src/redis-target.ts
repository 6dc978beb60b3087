import { ConfigurationError } from '@sinkron/config';

export interface RedisAddress {
  readonly host: string;
  readonly port: number;
}

/** Where Redis is and how to find it. */
export type RedisTarget = {
  readonly username: string | undefined;
  readonly password: string | undefined;
  readonly tls: boolean;
} & (
  | { readonly kind: 'single'; readonly address: RedisAddress; readonly database: number }
  | {
      readonly kind: 'sentinel';
      readonly sentinels: readonly RedisAddress[];
      readonly masterName: string;
    }
  | { readonly kind: 'cluster'; readonly nodes: readonly RedisAddress[] }
);

const PORT_DEFAULT = 6379;
const SENTINEL_PORT_DEFAULT = 26_379;

const FORMS =
  'redis://host:port/0, rediss://host:port/0, redis-sentinel://host1,host2/master-name or redis-cluster://host1,host2';

/**
 * Reads `REDIS_URL`.
 *
 * @throws ConfigurationError that does not repeat the URL, which may hold a password.
 */
export function parseRedisUrl(url: string): RedisTarget {
  const match =
    /^(redis|rediss|redis-sentinel|redis-cluster):\/\/(?:([^@/]*)@)?([^@/]+)(?:\/([^/]*))?$/.exec(
      url,
    );
  if (match === null) throw refused('has another form');
  const [, scheme, credentials, hosts = '', path = ''] = match;
  const common = { ...credentialsOf(credentials), tls: scheme === 'rediss' };
  switch (scheme) {
    case 'redis-sentinel': {
      if (path === '') throw refused('names no master');
      const sentinels = addressesOf(hosts, SENTINEL_PORT_DEFAULT);
      return { kind: 'sentinel', ...common, sentinels, masterName: decoded(path) };
    }
    case 'redis-cluster':
      return { kind: 'cluster', ...common, nodes: addressesOf(hosts, PORT_DEFAULT) };
    case undefined:
    default: {
      const [address, ...more] = addressesOf(hosts, PORT_DEFAULT);
      if (address === undefined || more.length > 0) throw refused('names more than one host');
      if (!/^\d{0,4}$/.test(path)) throw refused('has a database that is no number');
      return { kind: 'single', ...common, address, database: Number(path) };
    }
  }
}

function credentialsOf(text: string | undefined): {
  readonly username: string | undefined;
  readonly password: string | undefined;
} {
  if (text === undefined) return { username: undefined, password: undefined };
  const separator = text.indexOf(':');
  const username = separator === -1 ? text : text.slice(0, separator);
  const password = separator === -1 ? undefined : text.slice(separator + 1);
  return {
    username: username === '' ? undefined : decoded(username),
    password: password === undefined ? undefined : decoded(password),
  };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw refused('is not percent-encoded');
  }
}

function addressesOf(hosts: string, portDefault: number): readonly RedisAddress[] {
  return hosts.split(',').map((text) => {
    const match = /^(\[[0-9a-fA-F:.]+\]|[^:[\]]+)(?::(\d{1,5}))?$/.exec(text);
    const host = match?.[1]?.replace(/^\[|\]$/g, '');
    const port = Number(match?.[2] ?? portDefault);
    if (host === undefined || port < 1 || port > 65_535) throw refused('has a host that is none');
    return { host, port };
  });
}

function refused(what: string): ConfigurationError {
  return new ConfigurationError([`REDIS_URL ${what}: set it to ${FORMS}.`]);
}
