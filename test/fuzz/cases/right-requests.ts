import * as fc from 'fast-check';
import type { ApiDocument, Operation, Parameter } from '../document/api-document.js';
import { fitted } from './queue-values.js';
import type { RequestParts } from './request-case.js';
import { objectsOf, valuesOf } from './valid-values.js';

/** Requests of an operation that the document allows. */
export function rightRequests(
  document: ApiDocument,
  operation: Operation,
): fc.Arbitrary<RequestParts> {
  const { parameters, body } = operation;
  const ofPlace = (place: Parameter['in'], optional: boolean) =>
    fc
      .record(
        Object.fromEntries(
          parameters
            .filter((parameter) => parameter.in === place)
            .map(({ name, schema }) => [name, valuesOf(document, schema, name).map(String)]),
        ),
        optional ? { requiredKeys: [], noNullPrototype: true } : { noNullPrototype: true },
      )
      .map((values) => values as Readonly<Record<string, string>>);
  const bodies: fc.Arbitrary<Readonly<Record<string, unknown>> | undefined> =
    body === null ? fc.constant(undefined) : objectsOf(document, document.resolve(body));
  return fc
    .record({
      path: ofPlace('path', false),
      query: ofPlace('query', true),
      headers: rarely(ofPlace('header', true)),
      body: bodies,
    })
    .map(({ path, query, headers, body: value }) =>
      fitted({
        operation,
        path,
        query: Object.entries(query),
        headers: Object.entries(headers),
        body: value,
      }),
    );
}

/** Mostly none: a key that is used twice answers for another request. */
function rarely(
  values: fc.Arbitrary<Readonly<Record<string, string>>>,
): fc.Arbitrary<Readonly<Record<string, string>>> {
  return fc.oneof({ weight: 3, arbitrary: fc.constant({}) }, { weight: 1, arbitrary: values });
}
