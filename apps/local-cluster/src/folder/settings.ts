import type { ClusterOptions } from '../arguments/arguments.js';

/**
 * What is fixed when a local cluster first starts in a folder, as command line text by option.
 * Ports are not among them: they are addresses, and may change from start to start.
 */
export type Settings = Readonly<Record<string, string>>;

export function settingsOf(options: ClusterOptions): Settings {
  return {
    '--nodes': String(options.nodes),
    '--roles': options.roles.map((list, index) => `node${index + 1}:${list.join(',')}`).join(';'),
    '--queue-store': options.queueStore,
    '--cache-store': options.cacheStore,
  };
}

/** The options in which `wanted` differs from `stored`. */
export function mismatch(stored: Settings, wanted: Settings): readonly string[] {
  return Object.keys(wanted).filter((option) => stored[option] !== wanted[option]);
}
