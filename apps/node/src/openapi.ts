import { buildOpenApiDocument, openApiYaml } from '@sinkron/http';
import { parseConfiguration } from '@sinkron/config';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createNode } from './create-node.js';
import { VERSION } from './version.js';

/** Describes the routes of a node that is made and never started. */
async function describeRoutes(): Promise<string> {
  const dataDir = await mkdtemp(join(tmpdir(), 'sinkron-openapi-'));
  const node = await createNode(parseConfiguration({ DATA_DIR: dataDir, LOG_LEVEL: 'silent' }));
  try {
    return openApiYaml(buildOpenApiDocument(node.app, VERSION));
  } finally {
    await node.stop();
    await rm(dataDir, { recursive: true, force: true });
  }
}

const check = process.argv[2] === '--check';
const file = process.argv[check ? 3 : 2];
if (file === undefined) {
  process.stderr.write('usage: openapi.js [--check] <file>\n');
  process.exit(2);
}
const described = await describeRoutes();
if (!check) {
  await writeFile(file, described);
  process.stdout.write(`wrote ${file}\n`);
} else if ((await readFile(file, 'utf8').catch(() => '')) !== described) {
  process.stderr.write(`${file} is stale: run npm run openapi and commit it\n`);
  process.exit(1);
}
process.exit(0);
