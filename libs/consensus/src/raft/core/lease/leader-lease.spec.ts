import { replicaId } from '../identifiers.js';
import { LeaderLease } from './leader-lease.js';

const peer = replicaId('2');

describe('LeaderLease', () => {
  it('lasts nine tenths of an election timeout from the sending of the confirmed round', () => {
    const lease = new LeaderLease(1000, 0);
    expect(lease.startRound(50)).toBe(1);
    expect(lease.validAt(50)).toBe(false);
    expect(lease.confirm(1)).toBe(true);
    expect([lease.validAt(949), lease.validAt(950)]).toEqual([true, false]);
  });

  it('is prolonged by later rounds only', () => {
    const lease = new LeaderLease(1000, 0);
    for (const nowMs of [0, 100, 200]) lease.startRound(nowMs);
    expect(lease.confirm(2)).toBe(true);
    expect(lease.confirm(2)).toBe(false);
    expect(lease.confirm(1)).toBe(false);
    expect([lease.confirmed, lease.validAt(999), lease.validAt(1000)]).toEqual([2, true, false]);
    lease.confirm(3);
    expect(lease.validAt(1099)).toBe(true);
  });

  it('remembers the latest round that each peer has answered', () => {
    const lease = new LeaderLease(1000, 0);
    for (const nowMs of [0, 100, 200]) lease.startRound(nowMs);
    lease.answered(peer, 2);
    lease.answered(peer, 1);
    expect(lease.roundOf(peer)).toBe(2);
    lease.answered(peer, 4);
    expect(lease.roundOf(peer)).toBe(2);
    expect(lease.roundOf(replicaId('3'))).toBe(0);
  });

  it('counts the rounds under way', () => {
    const lease = new LeaderLease(1000, 0);
    for (const nowMs of [0, 100, 200]) lease.startRound(nowMs);
    expect(lease.unconfirmedCount).toBe(3);
    lease.confirm(2);
    expect([lease.round, lease.unconfirmedCount]).toEqual([3, 1]);
  });

  it('is silent since the sending of the confirmed round, at first since the election', () => {
    const lease = new LeaderLease(1000, 500);
    lease.startRound(500);
    expect(lease.silentMs(800)).toBe(300);
    lease.startRound(600);
    lease.confirm(2);
    expect(lease.silentMs(10_600)).toBe(10_000);
  });

  it('once ended never begins again, and rounds are counted on', () => {
    const lease = new LeaderLease(1000, 0);
    lease.startRound(0);
    lease.confirm(1);
    expect(lease.validAt(100)).toBe(true);
    lease.end();
    lease.startRound(200);
    expect([lease.confirm(2), lease.confirmed, lease.validAt(201)]).toEqual([true, 2, false]);
  });
});
