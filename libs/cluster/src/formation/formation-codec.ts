import { TupleReader } from '@sinkron/consensus';
import type {
  ClusterSettings,
  FormationRecord,
  FormationReport,
  Founder,
} from '../core/formation.js';

/** Reports and records as tuples, for the wire and for the disk. */
export function reportTuple(report: FormationReport): readonly unknown[] {
  return [
    report.nodeId,
    report.diskId,
    report.roles,
    report.peers,
    settingsTuple(report.settings),
    report.seen.map(founderTuple),
    report.record === null ? null : recordTuple(report.record),
  ];
}

/** @throws MalformedError */
export function readReport(value: unknown): FormationReport {
  const reader = new TupleReader(value);
  return {
    nodeId: reader.text(),
    diskId: reader.text(),
    roles: readTexts(reader.list()),
    peers: reader.text(),
    settings: readSettings(reader.list()),
    seen: reader.list().map(readFounder),
    record: readRecordOrNull(reader.any()),
  };
}

export function recordTuple(record: FormationRecord): readonly unknown[] {
  return [record.founders.map(founderTuple), settingsTuple(record.settings)];
}

/** @throws MalformedError */
export function readRecord(value: unknown): FormationRecord {
  const reader = new TupleReader(value);
  return { founders: reader.list().map(readFounder), settings: readSettings(reader.list()) };
}

function readRecordOrNull(value: unknown): FormationRecord | null {
  return value === null ? null : readRecord(value);
}

function founderTuple(founder: Founder): readonly unknown[] {
  return [founder.nodeId, founder.diskId, founder.roles];
}

function readFounder(value: unknown): Founder {
  const reader = new TupleReader(value);
  return { nodeId: reader.text(), diskId: reader.text(), roles: readTexts(reader.list()) };
}

export function settingsTuple(settings: ClusterSettings): readonly unknown[] {
  const { shards, replicationFactor, queueStore, cacheStore, formatVersion, heartbeatMs } =
    settings;
  return [shards, replicationFactor, queueStore, cacheStore, formatVersion, heartbeatMs];
}

/** @throws MalformedError */
export function readSettings(value: unknown): ClusterSettings {
  const reader = new TupleReader(value);
  return {
    shards: reader.natural(),
    replicationFactor: reader.natural(),
    queueStore: reader.text(),
    cacheStore: reader.text(),
    formatVersion: reader.natural(),
    heartbeatMs: reader.natural(),
  };
}

/** @throws MalformedError */
export function readTexts(values: readonly unknown[]): readonly string[] {
  return values.map((value) => new TupleReader([value]).text());
}
