import {
  decode,
  encode,
  MalformedError,
  TupleReader,
  type Applied,
  type ApplyContext,
  type Instant,
  type LeaderDuties,
  type ReplicatedMachine,
  type StateTables,
  type Term,
} from '@sinkron/consensus';
import type { ClusterSettings } from './core/formation.js';
import { readSettings, settingsTuple } from './formation/formation-codec.js';

export const CLUSTER_MACHINE = 'cluster';
const TABLE = 'cluster';
const KEY = 'identity';

/** What the first leader committed: the cluster's random id and what it fixed for ever. */
export interface ClusterIdentity {
  readonly clusterId: string;
  readonly settings: ClusterSettings;
}

/** The cluster's identity as replicated state; the first one committed is the one. */
export class ClusterMachine implements ReplicatedMachine<never> {
  readonly name = CLUSTER_MACHINE;
  private tables: StateTables | undefined;
  private committed: ClusterIdentity | null = null;
  private proposed = false;

  /**
   * @param candidate the identity this node proposes if it is the first leader.
   * @param known called whenever the committed identity is found or made.
   */
  constructor(
    private readonly candidate: ClusterIdentity,
    private readonly known: (identity: ClusterIdentity) => void,
  ) {}

  open(tables: StateTables): void {
    this.tables = tables;
    const record = tables.get(TABLE, KEY);
    if (record === undefined) return;
    this.committed = readClusterIdentity(decode(record));
    this.known(this.committed);
  }

  apply(command: unknown, _context: ApplyContext): Applied<never> {
    const identity = identityIn(command);
    if (this.committed === null && identity !== null) {
      this.committed = identity;
      this.tables?.put(TABLE, KEY, encode(clusterIdentityTuple(identity)));
      this.known(identity);
    }
    return { result: null, remember: false, effects: [] };
  }

  query(): unknown {
    return this.committed === null ? null : clusterIdentityTuple(this.committed);
  }

  readonly duties: LeaderDuties<never> = {
    start: (_term: Term, _instant: Instant) => {
      this.proposed = false;
    },
    observe: () => {},
    tick: () => {
      if (this.committed !== null || this.proposed) return [];
      this.proposed = true;
      return [clusterIdentityTuple(this.candidate)];
    },
    followUps: () => [],
    refused: () => {
      this.proposed = false;
    },
    takeNotices: () => [],
    request: () => {
      throw new MalformedError('the cluster machine answers no requests');
    },
    stop: () => {},
  };
}

export function clusterIdentityTuple(identity: ClusterIdentity): readonly unknown[] {
  return [identity.clusterId, settingsTuple(identity.settings)];
}

/** Null for a command that is none: it changes nothing, where throwing would stop every replica. */
function identityIn(command: unknown): ClusterIdentity | null {
  try {
    return readClusterIdentity(command);
  } catch (error) {
    if (error instanceof MalformedError) return null;
    throw error;
  }
}

/** @throws MalformedError */
export function readClusterIdentity(value: unknown): ClusterIdentity {
  const reader = new TupleReader(value);
  return { clusterId: reader.text(), settings: readSettings(reader.list()) };
}
