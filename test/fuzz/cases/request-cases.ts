import * as fc from 'fast-check';
import type { ApiDocument, Operation } from '../document/api-document.js';
import { hostileTwists } from './hostile.js';
import type { RequestCase, Twist } from './request-case.js';
import { rightRequests } from './right-requests.js';
import { wrongFields } from './wrong-fields.js';
import { wrongParameters } from './wrong-parameters.js';
import { largeTexts, wrongTexts } from './wrong-texts.js';

/** Of the routes that change the members only refusals are asked for: chaos does the rest. */
const MEMBERS_PATTERN = /^\/v1\/cluster\/members/;

/** More than of others: without them the other requests for messages find nothing. */
const WEIGHTS: Readonly<Record<string, number>> = {
  publishMessages: 12,
  receiveMessages: 10,
  deleteTopic: 1,
  purgeTopic: 1,
};

/** Requests of every operation of the document: right, nearly right, and hostile. */
export function requestCases(document: ApiDocument): fc.Arbitrary<RequestCase> {
  return fc.oneof(
    ...document.operations.map((operation) => ({
      weight: WEIGHTS[operation.id] ?? (operation.body === null ? 2 : 4),
      arbitrary: casesOf(document, operation),
    })),
  );
}

function casesOf(document: ApiDocument, operation: Operation): fc.Arbitrary<RequestCase> {
  const wrong = [
    ...wrongFields(document, operation),
    ...wrongTexts(operation),
    ...wrongParameters(document, operation),
  ];
  if (MEMBERS_PATTERN.test(operation.path)) {
    const refused = fc.oneof(...wrong).filter(({ expectation }) => expectation.kind === 'refused');
    return caseWith(document, operation, refused);
  }
  const large = largeTexts(operation);
  const twists: fc.WeightedArbitrary<Twist | null>[] = [
    { weight: 120, arbitrary: fc.constant(null) },
    { weight: 60, arbitrary: fc.oneof(...hostileTwists()) },
  ];
  if (wrong.length > 0) twists.push({ weight: 140, arbitrary: fc.oneof(...wrong) });
  if (large.length > 0) twists.push({ weight: 1, arbitrary: fc.oneof(...large) });
  return caseWith(document, operation, fc.oneof(...twists));
}

function caseWith(
  document: ApiDocument,
  operation: Operation,
  twist: fc.Arbitrary<Twist | null>,
): fc.Arbitrary<RequestCase> {
  return fc.record({
    node: fc.nat(2),
    parts: rightRequests(document, operation),
    live: fc.option(fc.nat(1_000), { freq: 2 }),
    twist,
  });
}
