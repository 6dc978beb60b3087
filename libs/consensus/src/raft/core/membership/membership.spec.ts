import { logIndex, replicaId } from '../identifiers.js';
import { configuration, NO_MEMBERS, type Configuration } from './configuration.js';
import { Membership } from './membership.js';

const [a, b, c] = [replicaId('a'), replicaId('b'), replicaId('c')] as const;
const i = logIndex;

const OLD = configuration([a, b]);
const JOINT: Configuration = { voters: [a, c], outgoingVoters: [a, b], learners: [] };
const NEW = configuration([a, c]);

describe('Membership', () => {
  it('a configuration counts from its appending on, whether it is committed or not', () => {
    const membership = new Membership(OLD);
    expect([membership.effective, membership.settled, membership.changing]).toEqual([
      OLD,
      true,
      false,
    ]);
    membership.appended(i(4), JOINT);
    expect([membership.effective, membership.committed]).toEqual([JOINT, OLD]);
    expect([membership.settled, membership.changing]).toEqual([false, true]);
    membership.committedThrough(i(4));
    expect([membership.committed, membership.committedIndex]).toEqual([JOINT, 4]);
    // Committed, but on the way.
    expect([membership.settled, membership.changing]).toEqual([true, true]);
    membership.appended(i(6), NEW);
    membership.committedThrough(i(9));
    expect([membership.committed, membership.settled, membership.changing]).toEqual([
      NEW,
      true,
      false,
    ]);
  });

  it('the one before counts again when its entry is deleted', () => {
    const membership = new Membership(OLD);
    membership.appended(i(4), JOINT);
    membership.appended(i(6), NEW);
    membership.truncated(i(7));
    expect(membership.effective).toBe(NEW);
    membership.truncated(i(5));
    expect(membership.effective).toBe(JOINT);
    membership.truncated(i(4));
    expect([membership.effective, membership.settled]).toEqual([OLD, true]);
  });

  it('several may be committed at once, as a follower hears of it', () => {
    const membership = new Membership(OLD);
    membership.appended(i(4), JOINT);
    membership.appended(i(6), NEW);
    membership.committedThrough(i(3));
    expect(membership.committed).toBe(OLD);
    membership.committedThrough(i(6));
    expect([membership.committed, membership.settled]).toEqual([NEW, true]);
  });

  it('serves everybody who may have a part in a decision still', () => {
    const membership = new Membership(OLD);
    membership.appended(i(4), JOINT);
    membership.committedThrough(i(4));
    membership.appended(i(6), NEW);
    expect([...membership.replicas].toSorted()).toEqual([a, b, c]);
    membership.committedThrough(i(6));
    expect([...membership.replicas].toSorted()).toEqual([a, c]);
  });

  it('who is removed may campaign until the removal is known to be committed', () => {
    const membership = new Membership(OLD);
    membership.appended(i(4), JOINT);
    membership.committedThrough(i(4));
    membership.appended(i(6), NEW);
    expect([a, b, c].map((id) => membership.mayCampaign(id))).toEqual([true, true, true]);
    membership.committedThrough(i(6));
    expect([a, b, c].map((id) => membership.mayCampaign(id))).toEqual([true, false, true]);
  });

  it('a learner does not campaign, nor does one who knows no members', () => {
    const membership = new Membership({ ...OLD, learners: [c] });
    expect(membership.mayCampaign(c)).toBe(false);
    const unknowing = new Membership(NO_MEMBERS);
    expect([unknowing.mayCampaign(a), unknowing.isSoleVoter(a)]).toEqual([false, false]);
    unknowing.appended(i(1), JOINT);
    expect(unknowing.mayCampaign(a)).toBe(true);
    unknowing.truncated(i(1));
    expect([unknowing.effective, unknowing.mayCampaign(a)]).toEqual([NO_MEMBERS, false]);
  });

  // Breaks otherwise: a voter that is to be the only one restarts within the lease of the leader
  // that makes it so, and elects itself.
  it('nobody is the sole voter while another one may have had a vote', () => {
    const membership = new Membership(configuration([b]));
    expect([membership.isSoleVoter(b), membership.isSoleVoter(a)]).toEqual([true, false]);
    const shrinking = new Membership({ voters: [b], outgoingVoters: [a, b], learners: [] });
    shrinking.appended(i(6), configuration([b]));
    expect(shrinking.isSoleVoter(b)).toBe(false);
    shrinking.committedThrough(i(6));
    expect(shrinking.isSoleVoter(b)).toBe(true);
  });

  it('a snapshot brings its members, whatever the log held', () => {
    const membership = new Membership(OLD);
    membership.appended(i(4), JOINT);
    membership.replaced(NEW);
    expect([membership.effective, membership.committed, membership.settled]).toEqual([
      NEW,
      NEW,
      true,
    ]);
    // Its log begins anew, also below what it had.
    membership.appended(i(3), JOINT);
    expect(membership.effective).toBe(JOINT);
  });
});
