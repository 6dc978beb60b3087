import type { StateTables } from '../../group/replicated-machine.js';
import type { Entry } from '../core/entry.js';
import { decodeConfiguration } from '../core/membership/configuration-codec.js';
import type { Configuration } from '../core/membership/configuration.js';

/** Names of machines' tables have a dot (see `GroupMachine`): this one is nobody's. */
const TABLE = 'raft';
const KEY = 'configuration';

/**
 * The members as the applied state knows them. They are part of it, so a snapshot carries them, and
 * the log may forget the entry.
 *
 * @param founders the members before there was a configuration entry.
 * @throws MalformedError for a record that `keepMembers` has not made.
 */
export function membersOf(state: Pick<StateTables, 'get'>, founders: Configuration): Configuration {
  const record = state.get(TABLE, KEY);
  return record === undefined ? founders : decodeConfiguration(record);
}

/** Applies a configuration entry. */
export function keepMembers(state: Pick<StateTables, 'put'>, { data }: Entry): void {
  state.put(TABLE, KEY, data);
}
