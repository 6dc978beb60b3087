import { LeaderLease } from '../../../../libs/consensus/src/raft/core/lease/leader-lease.js';
import { Leadership } from '../../../../libs/consensus/src/raft/core/role/leadership.js';
import { bending, together } from './bending.js';

/** A leader reads from what it has for as long as it takes itself for the leader. */
export const leasesWithoutQuorum = bending(
  LeaderLease,
  'validAt',
  (): LeaderLease['validAt'] =>
    function (this: LeaderLease) {
      return !this.over && this.confirmed > 0;
    },
);

/** Ticks since a majority has answered last. */
const silentTicks = new WeakMap<LeaderLease, number>();

/** Heartbeats of the shortest election timeout, less the drift of clocks. */
const LEASE_TICKS = 9;

/** A lease is counted in ticks: a leader that was stopped has not counted any. */
export const leasesInTicks = together(
  bending(LeaderLease, 'confirm', (old: LeaderLease['confirm']) => {
    return function (this: LeaderLease, round) {
      const news = old.call(this, round);
      if (news) silentTicks.set(this, 0);
      return news;
    };
  }),
  bending(Leadership, 'tick', (old: Leadership['tick']) => {
    return function (this: Leadership, instant) {
      const lease = this['lease'];
      silentTicks.set(lease, (silentTicks.get(lease) ?? 0) + 1);
      return old.call(this, instant);
    };
  }),
  bending(
    LeaderLease,
    'validAt',
    (): LeaderLease['validAt'] =>
      function (this: LeaderLease) {
        return !this.over && (silentTicks.get(this) ?? LEASE_TICKS) < LEASE_TICKS;
      },
  ),
);
