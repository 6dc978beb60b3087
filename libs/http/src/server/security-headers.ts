import helmet, { type FastifyHelmetOptions } from '@fastify/helmet';
import { fastify } from 'fastify';

const OPTIONS: FastifyHelmetOptions = {
  global: true,
  // Plain HTTP: whoever terminates TLS says how it is to be used.
  strictTransportSecurity: false,
  contentSecurityPolicy: {
    useDefaults: false,
    directives: {
      defaultSrc: ["'self'"],
      scriptSrc: ["'self'"],
      // Swagger UI brings its styles inline.
      styleSrc: ["'self'", "'unsafe-inline'"],
      imgSrc: ["'self'", 'data:'],
      frameAncestors: ["'none'"],
    },
  },
};

/** What an answer has anyway. */
const OWN_HEADERS: ReadonlySet<string> = new Set([
  'connection',
  'content-length',
  'content-type',
  'date',
]);

/**
 * The headers of a careful server, as helmet sets them. None depends on the request, so helmet
 * runs once, at a server of its own, and not for every answer.
 */
export async function securityHeaders(): Promise<Readonly<Record<string, string>>> {
  const server = fastify({ logger: false });
  await server.register(helmet, OPTIONS);
  server.get('/', () => '');
  try {
    const { headers } = await server.inject({ method: 'GET', url: '/' });
    const set = Object.entries(headers).filter(([name]) => !OWN_HEADERS.has(name));
    return Object.freeze(Object.fromEntries(set.map(([name, value]) => [name, String(value)])));
  } finally {
    await server.close();
  }
}
