import { isIP, isIPv4, isIPv6 } from 'node:net';

const HOST_NAME_PATTERN = /^(?!-)[A-Za-z0-9-]{1,63}(?<!-)(\.(?!-)[A-Za-z0-9-]{1,63}(?<!-))*$/;
const HOST_NAME_LENGTH_MAX = 253;

/** Whether `value` is an IPv4 or IPv6 address (no brackets) or a host name. */
export function isHost(value: string): boolean {
  if (isIP(value) !== 0) return true;
  // All digits and dots, but no address: a mistyped IPv4 address, not a name.
  if (/^[\d.]+$/.test(value)) return false;
  return value.length <= HOST_NAME_LENGTH_MAX && HOST_NAME_PATTERN.test(value);
}

/** Whether only this machine can reach a server that listens on `host`. */
export function isLoopback(host: string): boolean {
  if (isIPv4(host)) return host.startsWith('127.');
  return host === '::1' || host.toLowerCase() === 'localhost';
}

/** `host:port` as it stands in a URL, IPv6 addresses in brackets. */
export function hostAndPort(host: string, port: number): string {
  return isIPv6(host) ? `[${host}]:${port}` : `${host}:${port}`;
}

/** The inverse of `hostAndPort`; undefined when `value` is not of that form. */
export function parseHostAndPort(value: string): { host: string; port: number } | undefined {
  const match = /^(?:\[(?<bracketed>[^\]]+)\]|(?<plain>[^:]+)):(?<port>\d{1,5})$/.exec(value);
  const { bracketed, plain, port: digits } = match?.groups ?? {};
  const host = bracketed ?? plain;
  const port = Number(digits);
  if (host === undefined || !isPort(port) || !isHost(host)) return undefined;
  if (bracketed !== undefined && !isIPv6(bracketed)) return undefined;
  return { host, port };
}

function isPort(value: number): boolean {
  return Number.isInteger(value) && value >= 1 && value <= 65_535;
}
