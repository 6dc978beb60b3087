import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { Inject, Injectable, Module, type DynamicModule } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { CONFIGURATION, type SinkronConfiguration } from './configuration.js';
import { ConfigurationError } from './configuration-error.js';
import { ConfigurationModule } from './configuration.module.js';
import { VARIABLES } from './environment/variables.js';
import { parseConfiguration } from './parse-configuration.js';
import { readConfiguration } from './read-configuration.js';

@Injectable()
class Reader {
  constructor(@Inject(CONFIGURATION) readonly configuration: SinkronConfiguration) {}
}

@Module({ providers: [Reader] })
class FeatureModule {}

async function injected(module: DynamicModule | typeof ConfigurationModule): Promise<unknown> {
  const testing = await Test.createTestingModule({ imports: [module, FeatureModule] }).compile();
  return testing.get(Reader, { strict: false }).configuration;
}

const before = { ...process.env };
let folder = '';

beforeEach(async () => {
  // What runs the tests may have set some, REDIS_URL for one.
  for (const name of VARIABLES) delete process.env[name];
  folder = await mkdtemp(join(tmpdir(), 'sinkron-config-'));
});

afterEach(async () => {
  for (const name of Object.keys(process.env)) if (!(name in before)) delete process.env[name];
  Object.assign(process.env, before);
  await rm(folder, { recursive: true, force: true });
});

describe('ConfigurationModule', () => {
  it('gives the configuration to every module', async () => {
    const configuration = parseConfiguration({ NODE_ID: 'node3' });
    expect(await injected(ConfigurationModule.of(configuration))).toBe(configuration);
  });

  it('reads the environment itself when nobody gives it values', async () => {
    process.env['NODE_ID'] = 'from-process';
    expect(await injected(ConfigurationModule)).toEqual(
      parseConfiguration({ NODE_ID: 'from-process' }),
    );
  });

  it('refuses a wrong environment as the application is made', async () => {
    process.env['SHARDS'] = 'many';
    await expect(injected(ConfigurationModule)).rejects.toEqual(SHARDS_REFUSED);
  });
});

const SHARDS_REFUSED = new ConfigurationError([
  'SHARDS is "many", but must be an integer from 1 to 4096: set SHARDS=8 or remove it.',
]);

describe('readConfiguration', () => {
  it('prefers the process environment to an .env file, and adds no variable of its own', async () => {
    await writeFile(join(folder, '.env'), 'NODE_ID=from-file\nSHARDS=16\n');
    process.env['NODE_ID'] = 'from-process';
    const configuration = await readConfiguration(join(folder, '.env'));
    expect([configuration.nodeId, configuration.shards]).toEqual(['from-process', 16]);
    expect(process.env['nodeId']).toBeUndefined();
  });

  it('refuses a wrong environment', async () => {
    process.env['SHARDS'] = 'many';
    await expect(readConfiguration(join(folder, 'none'))).rejects.toEqual(SHARDS_REFUSED);
  });
});

describe('.env.example', () => {
  const path = join(__dirname, '../../../.env.example');

  it('lists every variable once and is the default configuration', async () => {
    const text = await readFile(path, 'utf8');
    const names = [...text.matchAll(/^([A-Z_]+)=/gm)].map((match) => match[1]);
    expect(names).toHaveLength(VARIABLES.length);
    expect(new Set(names)).toEqual(new Set(VARIABLES));
    expect(parseConfiguration(parseEnv(text))).toEqual(parseConfiguration({}));
  });

  it('says something about every variable', async () => {
    const blocks = (await readFile(path, 'utf8')).split('\n');
    const bare = blocks.filter(
      (line, index) => /^[A-Z_]+=/.test(line) && (blocks[index - 1] ?? '') === '',
    );
    expect(bare).toEqual([]);
  });
});
