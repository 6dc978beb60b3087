import type { FastifyInstance, FastifyRequest } from 'fastify';
import { BODY_BYTES_MAX, BODY_DEPTH_MAX } from '../limits.js';
import { ProblemError, validationFailed } from '../problem/problem-error.js';
import { MEDIA_TYPE_DETAIL } from '../problem/problem-of.js';
import { readRouteOptions } from '../route/route-options.js';
import { isDeeperThan } from './json-depth.js';

type Done = (error: Error | null, body?: unknown) => void;

const JSON_TYPE = 'application/json';
const EVERY_TYPE = '*';
const utf8 = new TextDecoder('utf-8', { fatal: true });

/**
 * Makes a server read bodies as the contract says: JSON objects, nothing as `{}`, bytes where the
 * route declares `@RawBody`, and nothing else.
 */
export function installBodyParser(instance: FastifyInstance): void {
  const parseJson = instance.getDefaultJsonParser('error', 'error');
  instance.removeAllContentTypeParsers();
  const options = { parseAs: 'buffer' as const, bodyLimit: BODY_BYTES_MAX };
  instance.addContentTypeParser(JSON_TYPE, options, (request, body: Buffer, done) => {
    if (isRaw(request)) done(null, body);
    else if (body.length === 0) done(null, {});
    else readObject(request, body, parseJson, done);
  });
  instance.addContentTypeParser(EVERY_TYPE, options, (request, body: Buffer, done) => {
    if (isRaw(request)) done(null, body);
    else if (body.length === 0) done(null, {});
    else done(new ProblemError('UNSUPPORTED_MEDIA_TYPE', MEDIA_TYPE_DETAIL));
  });
  // Without a body no parser is called.
  instance.addHook('preValidation', (request, _reply, done) => {
    request.body ??= isRaw(request) ? Buffer.alloc(0) : {};
    done();
  });
}

function isRaw(request: FastifyRequest): boolean {
  return readRouteOptions(request.routeOptions.config).rawBody === true;
}

function readObject(
  request: FastifyRequest,
  body: Buffer,
  parseJson: ReturnType<FastifyInstance['getDefaultJsonParser']>,
  done: Done,
): void {
  const refuse = (message: string): void => done(validationFailed([{ field: 'body', message }]));
  let text: string;
  try {
    text = utf8.decode(body);
  } catch {
    refuse('must be UTF-8');
    return;
  }
  if (isDeeperThan(text, BODY_DEPTH_MAX)) {
    refuse(`must not nest deeper than ${BODY_DEPTH_MAX} levels`);
    return;
  }
  // Fastify's parser calls back before it returns; only parsers of others return a promise.
  void parseJson(request, text, (error, value: unknown) => {
    if (error)
      refuse(
        isJson(text)
          ? 'must not have the key __proto__ or constructor.prototype'
          : 'must be valid JSON',
      );
    else if (typeof value !== 'object' || value === null || Array.isArray(value))
      refuse('must be a JSON object');
    else done(null, value);
  });
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
