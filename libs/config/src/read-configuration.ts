import { ConfigModule } from '@nestjs/config';
import { invariant } from '@sinkron/invariant';
import type { SinkronConfiguration } from './configuration.js';
import { parseConfiguration } from './parse-configuration.js';

/**
 * Reads and validates the environment of this process, over an `.env` file when there is one. `main`
 * needs the values before its application exists; read again, they are equal.
 *
 * @throws ConfigurationError
 */
export async function readConfiguration(envFilePath = '.env'): Promise<SinkronConfiguration> {
  const parsed: SinkronConfiguration[] = [];
  await ConfigModule.forRoot({
    envFilePath,
    ignoreEnvFile: false,
    expandVariables: false,
    validate: (environment: Record<string, string | undefined>) => {
      parsed.push(parseConfiguration(environment));
      // Nest writes what is returned here back to process.env: the strings, not our values.
      return environment;
    },
  });
  const [configuration] = parsed;
  invariant(configuration !== undefined, 'readConfiguration: Nest has called validate');
  return configuration;
}
