import { Logger } from '@nestjs/common';
import { logIndex, replicaId } from './raft/core/identifiers.js';
import { SnapshotWarnings } from './snapshot-warnings.js';

const EXPIRED = {
  kind: 'expired',
  peer: replicaId('node3/x'),
  index: logIndex(700),
  reason: 'held for 60 s',
} as const;
const MALFORMED = { ...EXPIRED, kind: 'malformed', reason: 'no rows' } as const;

it('names what has to start again, each kind and group once in a while', () => {
  const lines: unknown[] = [];
  const spy = jest.spyOn(Logger.prototype, 'warn').mockImplementation((...line: unknown[]) => {
    lines.push(line);
  });
  const warnings = new SnapshotWarnings();
  warnings.warn('g', EXPIRED, 1_000);
  warnings.warn('g', EXPIRED, 10_999);
  warnings.warn('g', MALFORMED, 10_999);
  warnings.warn('h', EXPIRED, 10_999);
  warnings.warn('g', EXPIRED, 11_000);
  spy.mockRestore();
  const about = { node: 'node3', index: 700 };
  const late = (group: string) => [
    `the snapshot of ${group} for node3 took too long to be sent, and starts again`,
    { group, ...about, reason: 'held for 60 s' },
  ];
  const unread = 'a part of the snapshot of g from node3 cannot be read; it is dropped as a whole';
  expect(lines).toEqual([
    late('g'),
    [unread, { group: 'g', ...about, reason: 'no rows' }],
    late('h'),
    late('g'),
  ]);
});
