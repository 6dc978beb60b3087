import { ConfigurationError } from '@sinkron/config';
import { StorageError } from '@sinkron/storage';

/** Exit code of a node that was told something it cannot do (EX_CONFIG of sysexits.h). */
export const EXIT_CONFIGURATION = 78;

/** Where a node listens, and the variables that say so. */
export interface Listener {
  readonly host: string;
  readonly port: number;
  readonly hostVariable: 'HTTP_HOST' | 'PEER_HOST';
  readonly portVariable: 'HTTP_PORT' | 'PEER_PORT';
}

/**
 * The sentence for an operator, when the boot failed for a reason outside the program; null for
 * a bug, which deserves its stack.
 */
export function bootRefusal(error: unknown): string | null {
  return error instanceof ConfigurationError || error instanceof StorageError
    ? error.message
    : null;
}

/**
 * Opens a port.
 *
 * @throws ConfigurationError when the system refuses it.
 */
export async function openPort(listener: Listener, open: () => Promise<unknown>): Promise<void> {
  try {
    await open();
  } catch (error) {
    const refusal = refusalOfAddress(listener, error);
    throw refusal === undefined ? error : new ConfigurationError([refusal]);
  }
}

function refusalOfAddress(listener: Listener, error: unknown): string | undefined {
  const { host, port, hostVariable, portVariable } = listener;
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  const elsewhere = portVariable === 'PEER_PORT' ? ' and correct its entry in PEERS' : '';
  switch (code) {
    case 'EADDRINUSE':
      return `${portVariable} is ${port}, which another process has opened on ${host}: set ${portVariable} to a free port${elsewhere}.`;
    case 'EACCES':
      return `${portVariable} is ${port}, which this user may not open: set ${portVariable} to a port above 1023${elsewhere}.`;
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return `${hostVariable} is ${host}, which is not an address of this machine: set ${hostVariable}=127.0.0.1.`;
    default:
      return undefined;
  }
}
