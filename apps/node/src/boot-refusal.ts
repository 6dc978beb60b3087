import { ConfigurationError } from '@sinkron/config';
import { StorageError } from '@sinkron/storage';

/** Exit code of a node that was told something it cannot do (EX_CONFIG of sysexits.h). */
export const EXIT_CONFIGURATION = 78;

const ADDRESS_PROBLEMS: Readonly<Record<string, string>> = {
  EADDRINUSE: 'is in use by another process',
  EACCES: 'may not be opened by this user',
  EADDRNOTAVAIL: 'is not an address of this machine',
};

/**
 * The sentence for an operator, when the boot failed for a reason outside the program; null for
 * a bug, which deserves its stack.
 */
export function bootRefusal(error: unknown): string | null {
  if (error instanceof ConfigurationError || error instanceof StorageError) return error.message;
  if (!(error instanceof Error) || !('code' in error)) return null;
  const problem = ADDRESS_PROBLEMS[String(error.code)];
  if (problem === undefined || !('port' in error) || !('address' in error)) return null;
  const { address, port } = error;
  return `${String(address)}:${String(port)} ${problem}; set HTTP_PORT or PEER_PORT (and its entry in PEERS) to a free port`;
}
