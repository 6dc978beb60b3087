import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';
import { invariant } from '@sinkron/invariant';
import { stringify } from 'yaml';
import { DOCUMENT_PATH, DOCUMENTATION_PATH } from './documentation-routes.js';

const METHODS = ['get', 'put', 'post', 'delete', 'patch'] as const;

const DESCRIPTION = [
  'Locks for programs that run as many processes. Any node answers any request.',
  '',
  'Errors are problem details (RFC 9457) with a stable `code`. 503 means that nothing happened;',
  '504 `OUTCOME_UNKNOWN` means that a change may or may not have happened: repeat it with the',
  'same `Idempotency-Key`.',
].join('\n');

/** Describes every route of an application. Operation ids are the names of the handlers. */
export function buildOpenApiDocument(app: INestApplication, version: string): OpenAPIObject {
  const base = new DocumentBuilder()
    .setTitle('Sinkron')
    .setDescription(DESCRIPTION)
    .setVersion(version)
    .setLicense('MIT', '')
    .build();
  const document = SwaggerModule.createDocument(app, base, {
    operationIdFactory: (_controller, method) => method,
  });
  checkOperationIds(document);
  return { ...document, paths: sorted(document.paths), components: components(document) };
}

/** Clients are generated from the ids: two handlers of one name would be one function. */
function checkOperationIds({ paths }: OpenAPIObject): void {
  const ids = new Set<string>();
  for (const [path, operations] of Object.entries(paths)) {
    for (const method of METHODS) {
      const operationId = operations[method]?.operationId;
      if (operationId === undefined) continue;
      invariant(!ids.has(operationId), 'OpenAPI: operation ids are unique', { operationId, path });
      ids.add(operationId);
    }
  }
}

/** Serves Swagger UI and the document. */
export function mountSwagger(app: INestApplication, version: string): void {
  SwaggerModule.setup(DOCUMENTATION_PATH, app, () => buildOpenApiDocument(app, version), {
    jsonDocumentUrl: DOCUMENT_PATH,
    raw: ['json'],
    customSiteTitle: 'Sinkron',
    swaggerOptions: { displayRequestDuration: true, tryItOutEnabled: true },
  });
}

/** The document as YAML, the same text for the same routes. */
export function openApiYaml(document: OpenAPIObject): string {
  return stringify(document, { aliasDuplicateObjects: false, lineWidth: 100 });
}

function components(document: OpenAPIObject): NonNullable<OpenAPIObject['components']> {
  const { schemas, ...rest } = document.components ?? {};
  return schemas === undefined ? rest : { ...rest, schemas: sorted(schemas) };
}

/** Discovery order follows the imports of modules; the document must not. */
function sorted<Value>(members: Readonly<Record<string, Value>>): Record<string, Value> {
  const entries = Object.entries(members).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries);
}
