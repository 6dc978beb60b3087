import { PEER_SECRET_LENGTH_MIN } from '../limits.js';
import type { EnvironmentReader } from './environment-reader.js';
import { hostAndPort, isHost, isLoopback } from './host.js';
import type { VariableName } from './variables.js';

const LOOPBACK = '127.0.0.1';
const PORT_MAX = 65_535;

interface Listener {
  readonly host: string;
  readonly port: number;
}

/** Reads where this node serves HTTP and the base URL that it tells others. */
export function readHttp(reader: EnvironmentReader): Listener & { readonly url: string } {
  const host = readHost(reader, 'HTTP_HOST');
  const port = reader.integer('HTTP_PORT', { min: 1, max: PORT_MAX, fallback: 8001 });
  if (!isLoopback(host)) {
    reader.refuse('HTTP_HOST', {
      wants:
        'a loopback address (127.0.0.1, ::1 or localhost), because authentication is not built yet and anyone who reaches the port could break every lock',
      fix: `set HTTP_HOST=${LOOPBACK} and put a proxy that authenticates in front of it`,
    });
  }
  return { host, port, url: readUrl(reader) ?? `http://${hostAndPort(host, port)}` };
}

/** Reads where this node listens for its peers, and the secret that it shares with them. */
export function readPeerListener(
  reader: EnvironmentReader,
  http: Listener,
): Listener & { readonly secret: string | undefined } {
  const host = readHost(reader, 'PEER_HOST');
  const port = reader.integer('PEER_PORT', { min: 1, max: PORT_MAX, fallback: 9001 });
  if (port === http.port && host === http.host) {
    reader.refuse('PEER_PORT', {
      got: `${port}`,
      wants: 'another port than HTTP_PORT',
      fix: `set PEER_PORT=${port === 9001 ? 9101 : 9001}`,
    });
  }
  const secret = readSecret(reader);
  if (!isLoopback(host) && secret === undefined) {
    reader.refuse('PEER_HOST', {
      wants: `a loopback address (127.0.0.1, ::1 or localhost) as long as PEER_SECRET is not set`,
      fix: `set PEER_SECRET to the same ${PEER_SECRET_LENGTH_MIN} or more characters on every node, or PEER_HOST=${LOOPBACK}`,
    });
  }
  return { host, port, secret };
}

function readHost(reader: EnvironmentReader, name: VariableName): string {
  const value = reader.text(name);
  if (value === undefined) return LOOPBACK;
  if (isHost(value)) return value;
  reader.refuse(name, {
    wants: 'an IP address or a host name, without a port',
    fix: `set ${name}=${LOOPBACK} or remove it`,
  });
  return LOOPBACK;
}

/** A secret that is too short is refused; the message tells its length, never its value. */
function readSecret(reader: EnvironmentReader): string | undefined {
  const secret = reader.text('PEER_SECRET');
  if (secret !== undefined && secret.length < PEER_SECRET_LENGTH_MIN) {
    reader.refuse('PEER_SECRET', {
      got: `${secret.length} characters long`,
      wants: `at least ${PEER_SECRET_LENGTH_MIN} characters long`,
      fix: 'make one with "openssl rand -hex 32" and set it on every node',
    });
  }
  return secret;
}

function readUrl(reader: EnvironmentReader): string | undefined {
  const value = reader.text('HTTP_URL');
  if (value === undefined) return undefined;
  const url = URL.canParse(value) ? new URL(value) : undefined;
  const plain = url?.search === '' && url.hash === '' && url.username === '' && url.password === '';
  if (url !== undefined && plain && /^https?:$/.test(url.protocol)) {
    return url.href.replace(/\/+$/, '');
  }
  reader.refuse('HTTP_URL', {
    got: url === undefined ? undefined : JSON.stringify(withoutPassword(url)),
    wants: 'an http or https URL without user, query and fragment',
    fix: 'set it to the URL under which clients reach this node, like http://127.0.0.1:8001, or remove it',
  });
  return undefined;
}

function withoutPassword(url: URL): string {
  const copy = new URL(url);
  if (copy.password !== '') copy.password = '***';
  return copy.href;
}
