import { parseHostAndPort } from '@sinkron/config';
import { validationFailed } from '@sinkron/http';
import { lookup } from 'node:dns/promises';

/**
 * Makes sure that the host of an address has an IP address, as this node sees it: a typing error would
 * otherwise show only as a member that never comes.
 *
 * @throws ProblemError VALIDATION_FAILED
 */
export async function mustResolve(address: string): Promise<void> {
  const place = parseHostAndPort(address);
  try {
    if (place === undefined) throw new Error('not host:port');
    await lookup(place.host);
  } catch {
    const message = `${place?.host ?? 'the host'} has no IP address that can be found`;
    throw validationFailed([{ field: 'address', message }]);
  }
}
