import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CLUSTER_TEST_MS, TEST_SHARDS } from '../support/limits.js';
import { RealCluster } from '../support/real-cluster.js';

jest.setTimeout(CLUSTER_TEST_MS);

const BOOT_REFUSED = 78;

async function replaceAll(file: string, from: string, to: string): Promise<void> {
  const bytes = await readFile(file);
  for (let at = bytes.indexOf(from); at !== -1; at = bytes.indexOf(from, at + 1)) {
    bytes.write(to, at);
  }
  await writeFile(file, bytes);
}

describe('a node whose disk is not what it was', () => {
  let cluster: RealCluster;

  beforeAll(async () => {
    cluster = await RealCluster.start({ nodes: 3 });
    const body = { owner: 'alice', ttlMs: 600_000 };
    expect((await cluster.http(0).post('/v1/locks/kept/acquire', body)).status).toBe(200);
  }, 60_000);

  afterAll(async () => {
    await cluster.close();
  });

  async function serves(): Promise<void> {
    const answer = await cluster.http(0).get('/v1/locks/kept');
    expect(answer).toMatchObject({ status: 200, body: { holders: [{ owner: 'alice' }] } });
  }

  it('refuses other settings than the cluster was created with', async () => {
    await cluster.node(1).kill();
    const changed = await RealCluster.create({
      nodes: 3,
      dataDir: cluster.dataDir,
      env: { SHARDS: '16' },
    });
    try {
      changed.node(1).spawn();
      expect(await changed.node(1).exit()).toMatchObject({ code: BOOT_REFUSED });
      expect(changed.node(1).log.join('\n')).toContain(
        `SHARDS is 16 on this node but ${TEST_SHARDS}`,
      );
    } finally {
      await changed.close();
    }
    await cluster.node(1).start();
    await serves();
  });

  it('refuses to start when its log was changed on disk, and the others go on', async () => {
    await cluster.node(2).kill();
    const folder = join(cluster.dataDir, 'node3', 'log');
    const files = (await readdir(folder)).filter((name) => /^(data\.mdb|wal-\d)$/.test(name));
    expect(files).toEqual(['data.mdb', 'wal-1', 'wal-2']);
    // The name of the lock stands in the command in the log: in the write-ahead log, in the database
    // if it was brought there in time, and copies of it in pages that are free.
    for (const name of files) await replaceAll(join(folder, name), 'kept', 'lost');
    cluster.node(2).spawn();
    expect(await cluster.node(2).exit()).toMatchObject({ code: BOOT_REFUSED });
    expect(cluster.node(2).log.join('\n')).toContain('checksum');
    await serves();
  });

  // As another replica, which votes only when it has caught up: see membership/disks.spec.ts. Behind the
  // former: so a disk is replaced that is not good any more.
  it('joins anew when its data folder was emptied, and the others go on', async () => {
    await cluster.node(2).kill();
    await rm(join(cluster.dataDir, 'node3'), { recursive: true });
    await cluster.node(2).start();
    await cluster.node(2).untilLogged('node3 is a member of the cluster');
    await serves();
  });
});
