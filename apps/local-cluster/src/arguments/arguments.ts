import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import type { Role, Store } from '@sinkron/config';
import { BASE_PORT_MAX, BASE_PORT_MIN, NODES_MAX } from '../limits.js';
import { Refusal } from '../refusal.js';
import { messageOf } from '../system-error.js';
import { parseRoles } from './roles.js';

/** What the user asked for, validated. */
export interface ClusterOptions {
  /** Nodes to start, 1 to NODES_MAX. */
  readonly nodes: number;
  /** HTTP port of node1; the others follow, peer ports are PEER_PORT_OFFSET higher. */
  readonly basePort: number;
  /** Absolute path. */
  readonly dataFolder: string;
  /** Roles of node1, node2, …; one list for every node. */
  readonly roles: readonly (readonly Role[])[];
  readonly queueStore: Store;
  readonly cacheStore: Store;
  /** Present whenever a store is `redis`. */
  readonly redisUrl: string | undefined;
  /** Whether the data folder is emptied first. */
  readonly fresh: boolean;
}

export type Arguments =
  { readonly kind: 'help' } | { readonly kind: 'start'; readonly options: ClusterOptions };

export const DEFAULT_NODES = 4;
export const DEFAULT_BASE_PORT = 8_001;
export const DEFAULT_DATA_FOLDER = '.data';

/**
 * Reads the command line of the launcher.
 *
 * @param environment only REDIS_URL is read, as the default of --redis-url.
 * @param workingDirectory what a relative --data is relative to.
 * @throws Refusal
 */
export function parseArguments(
  argv: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
  workingDirectory: string,
): Arguments {
  const values = readOptions(argv);
  if (values.help) return { kind: 'help' };
  const nodes = integer('--nodes', values.nodes, DEFAULT_NODES, 1, NODES_MAX);
  const queueStore = store('--queue-store', values['queue-store']);
  const cacheStore = store('--cache-store', values['cache-store']);
  const redisUrl = values['redis-url'] ?? (environment['REDIS_URL'] || undefined);
  if ((queueStore === 'redis' || cacheStore === 'redis') && redisUrl === undefined) {
    throw new Refusal(
      'The store redis needs a Redis server, and none is named: add --redis-url redis://127.0.0.1:6379.',
    );
  }
  const data = values.data ?? DEFAULT_DATA_FOLDER;
  if (data === '') throw new Refusal('--data is empty: name a folder, or leave the option out.');
  const basePort = integer(
    '--base-port',
    values['base-port'],
    DEFAULT_BASE_PORT,
    BASE_PORT_MIN,
    BASE_PORT_MAX,
  );
  const options: ClusterOptions = {
    nodes,
    basePort,
    dataFolder: resolve(workingDirectory, data),
    roles: parseRoles(values.roles, nodes),
    queueStore,
    cacheStore,
    redisUrl,
    fresh: values.fresh ?? false,
  };
  return { kind: 'start', options };
}

function readOptions(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      strict: true,
      allowPositionals: false,
      options: {
        nodes: { type: 'string' },
        'base-port': { type: 'string' },
        data: { type: 'string' },
        roles: { type: 'string' },
        'queue-store': { type: 'string' },
        'cache-store': { type: 'string' },
        'redis-url': { type: 'string' },
        fresh: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    }).values;
  } catch (error) {
    // The first sentence names the argument; the rest is advice about `--` that does not fit here.
    const [sentence = ''] = messageOf(error).split(/\.\s|\n/);
    throw new Refusal(
      `${sentence.replace(/\.$/, '')}: npm start -- --help lists what can be given.`,
      { cause: error },
    );
  }
}

function integer(
  option: string,
  text: string | undefined,
  fallback: number,
  min: number,
  max: number,
): number {
  if (text === undefined) return fallback;
  const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
  if (Number.isNaN(value) || value < min || value > max) {
    throw new Refusal(
      `${option} is "${text}", but must be a whole number from ${min} to ${max}: leave it out for ${fallback}.`,
    );
  }
  return value;
}

function store(option: string, text: string | undefined): Store {
  if (text === undefined || text === 'replicated') return 'replicated';
  if (text === 'redis') return 'redis';
  throw new Refusal(
    `${option} is "${text}", but must be replicated or redis: leave it out for replicated.`,
  );
}
