import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import type { Schema } from './schema.js';

/** A parameter of an operation. */
export interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly schema: Schema;
}

/** What an operation may answer with one status. */
export interface DocumentedAnswer {
  /** Null: an answer without a body. */
  readonly mediaType: string | null;
  readonly schema: Schema | null;
  /** The codes of a problem. */
  readonly codes: readonly string[];
}

/** One method of one path. */
export interface Operation {
  readonly id: string;
  /** Upper case. */
  readonly method: string;
  /** For example `/v1/locks/{name}`. */
  readonly path: string;
  readonly parameters: readonly Parameter[];
  /** Of the JSON body; null when it takes none. */
  readonly body: Schema | null;
  readonly answers: ReadonlyMap<number, DocumentedAnswer>;
}

interface ContentFile {
  readonly schema?: Schema;
  readonly examples?: Readonly<Record<string, unknown>>;
}

interface OperationFile {
  readonly operationId: string;
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly content: Readonly<Record<string, ContentFile>> };
  readonly responses: Readonly<
    Record<string, { readonly content?: Readonly<Record<string, ContentFile>> }>
  >;
}

interface DocumentFile {
  readonly paths: Readonly<Record<string, Readonly<Record<string, OperationFile>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
}

const FILE = join(__dirname, '../../../docs/openapi.yaml');
const SCHEMA_PREFIX = '#/components/schemas/';

/** `docs/openapi.yaml`, which `npm run openapi:check` holds equal to what the server serves. */
export class ApiDocument {
  readonly operations: readonly Operation[];

  private constructor(private readonly file: DocumentFile) {
    this.operations = Object.entries(file.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) =>
        readOperation(path, method.toUpperCase(), operation),
      ),
    );
  }

  static read(): ApiDocument {
    // Our own file, generated; what is missing in it fails the run at its first use.
    return new ApiDocument(parse(readFileSync(FILE, 'utf8')) as DocumentFile);
  }

  /** The schema itself, where another one only refers to it. */
  resolve(schema: Schema): Schema {
    // Where there is something to say about it, a reference stands in a list of its own.
    const [only, ...others] = schema.allOf ?? [];
    if (only !== undefined && others.length === 0 && schema.type === undefined) {
      return this.resolve(only);
    }
    if (schema.$ref === undefined) return schema;
    const found = this.file.components.schemas[schema.$ref.slice(SCHEMA_PREFIX.length)];
    if (found === undefined) throw new Error(`${schema.$ref} is not in the document`);
    return found;
  }

  /** The operation that a request is for; undefined when there is none at its path and method. */
  operationOf(method: string, target: string): Operation | undefined {
    // Of a URL with scheme and host, no path is the root (RFC 9112 §3.2.2).
    const [path = ''] = target.replace(/^https?:\/\/[^/?]+(\/|(?=\?)|$)/i, '/').split('?', 1);
    const asked = method === 'HEAD' ? 'GET' : method;
    return this.operations.find(
      (operation) => operation.method === asked && matches(operation.path, path),
    );
  }
}

function matches(template: string, path: string): boolean {
  const actual = path.split('/');
  const expected = template.split('/');
  return (
    actual.length === expected.length &&
    expected.every((part, index) => part.startsWith('{') || part === decoded(actual[index] ?? ''))
  );
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function readOperation(path: string, method: string, file: OperationFile): Operation {
  return {
    id: file.operationId,
    method,
    path,
    parameters: file.parameters ?? [],
    body: file.requestBody?.content['application/json']?.schema ?? null,
    answers: new Map(
      Object.entries(file.responses).map(([status, { content = {} }]) => {
        const [first] = Object.entries(content);
        const [mediaType, media] = first ?? [null, undefined];
        return [
          Number(status),
          {
            mediaType,
            schema: media?.schema ?? null,
            codes:
              mediaType === 'application/problem+json' ? Object.keys(media?.examples ?? {}) : [],
          },
        ];
      }),
    ),
  };
}
