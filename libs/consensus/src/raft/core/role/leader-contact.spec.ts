import { replicaId } from '../identifiers.js';
import { LeaderContact } from './leader-contact.js';

const leader = replicaId('2');

describe('LeaderContact', () => {
  it('binds nobody who has neither heard a leader nor been restarted', () => {
    expect(new LeaderContact(1000, 0).boundAt(0)).toBe(false);
  });

  it('binds for an election timeout from the last time a leader was heard', () => {
    const contact = new LeaderContact(1000, 0);
    contact.heard(leader, 5000);
    contact.heard(leader, 5400);
    expect([contact.boundAt(6399), contact.boundAt(6400)]).toEqual([true, false]);
  });

  it('still binds when the leader is forgotten with its term', () => {
    const contact = new LeaderContact(1000, 0);
    contact.heard(leader, 5000);
    contact.leaderId = null;
    expect([contact.boundAt(5999), contact.boundAt(6000)]).toEqual([true, false]);
  });

  it('binds a restarted replica until its silence ends, and longer if it hears a leader', () => {
    const contact = new LeaderContact(1000, 7000);
    expect([contact.boundAt(6999), contact.boundAt(7000)]).toEqual([true, false]);
    contact.heard(leader, 6500);
    expect([contact.boundAt(7499), contact.boundAt(7500)]).toEqual([true, false]);
  });
});
