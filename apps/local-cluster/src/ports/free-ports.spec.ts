import { createServer, type Server } from 'node:net';
import { existsSync } from 'node:fs';
import { requireFreePorts } from './free-ports.js';
import { listeningInodes } from './port-owner.js';

const TABLE = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:1F41 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4242 1 0 100 0 0 10 0
   1: 0100007F:1F41 0100007F:A000 01 00000000:00000000 00:00000000 00000000     0        0 5555 1 0 100 0 0 10 0
   2: 0100007F:1F42 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 6666 1 0 100 0 0 10 0
`;

describe('requireFreePorts', () => {
  let server: Server;
  let port = 0;

  beforeEach(async () => {
    server = createServer();
    await new Promise<void>((done) => {
      server.listen({ host: '127.0.0.1', port: 0 }, done);
    });
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('no address');
    ({ port } = address);
  });

  afterEach(() => {
    server.close();
  });

  it('names the port, who has it, and the way out', async () => {
    const owner = existsSync('/proc/net/tcp') ? ` by pid ${process.pid}` : '';
    await expect(requireFreePorts([port], 8101)).rejects.toThrow(
      `Port ${port} is in use${owner}: stop that program, or start on other ports with --base-port 8101.`,
    );
  });

  it('lets free ports pass, and leaves them free', async () => {
    await new Promise((done) => server.close(done));
    await requireFreePorts([port], 8101);
    await requireFreePorts([port], 8101);
  });
});

describe('listeningInodes', () => {
  it('finds the listening socket of the port only', () => {
    expect(listeningInodes(TABLE, 8001)).toEqual(['4242']);
    expect(listeningInodes(TABLE, 8003)).toEqual([]);
  });
});
