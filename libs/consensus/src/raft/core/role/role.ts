import type { WriteId } from '../identifiers.js';
import type { Ballot } from './election/ballot.js';
import type { Leadership } from './leadership.js';

/** The role of a replica (Raft Figure 4), with what it keeps in memory while it has it. */
export type Role =
  | { readonly kind: 'follower' }
  | { readonly kind: 'preCandidate'; readonly ballot: Ballot }
  | { readonly kind: 'candidate'; readonly ballot: Ballot; readonly selfVoteWrite: WriteId }
  | { readonly kind: 'leader'; readonly leadership: Leadership };

export type RoleName = Role['kind'];
