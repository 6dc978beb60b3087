import { MalformedError, TupleReader } from '@sinkron/consensus';
import type { ClusterSettings } from '../core/formation.js';
import { readSettings, readTexts, settingsTuple } from '../formation/formation-codec.js';
import {
  readToldMembers,
  toldMembersTuple,
  type ToldMembers,
} from '../members/members-exchange.js';

/** What a node says of itself when it wants to be a member. */
export interface Applicant {
  readonly nodeId: string;
  readonly diskId: string;
  readonly roles: readonly string[];
}

export interface JoinRequest {
  readonly applicant: Applicant;
  readonly settings: ClusterSettings;
}

export type JoinReply =
  | { readonly kind: 'admitted'; readonly told: ToldMembers }
  /** Not now; `reason` says to people what is missing. */
  | { readonly kind: 'waiting'; readonly reason: string }
  /** Never, as it is configured. */
  | { readonly kind: 'refused'; readonly reason: string };

export function joinRequestTuple({ applicant, settings }: JoinRequest): readonly unknown[] {
  return [applicantTuple(applicant), settingsTuple(settings)];
}

/** @throws MalformedError */
export function readJoinRequest(value: unknown): JoinRequest {
  const reader = new TupleReader(value);
  return { applicant: readApplicant(reader.list()), settings: readSettings(reader.list()) };
}

export function applicantTuple({ nodeId, diskId, roles }: Applicant): readonly unknown[] {
  return [nodeId, diskId, roles];
}

/** @throws MalformedError */
export function readApplicant(value: unknown): Applicant {
  const reader = new TupleReader(value);
  return { nodeId: reader.text(), diskId: reader.text(), roles: readTexts(reader.list()) };
}

export function joinReplyTuple(reply: JoinReply): readonly unknown[] {
  if (reply.kind === 'admitted') return [reply.kind, toldMembersTuple(reply.told)];
  return [reply.kind, reply.reason];
}

/** @throws MalformedError */
export function readJoinReply(value: unknown): JoinReply {
  const reader = new TupleReader(value);
  const kind = reader.text();
  if (kind === 'admitted') return { kind, told: readToldMembers(reader.list()) };
  if (kind === 'waiting' || kind === 'refused') return { kind, reason: reader.text() };
  throw new MalformedError('not a reply to a join request');
}
