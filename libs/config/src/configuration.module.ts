import { Module, type DynamicModule } from '@nestjs/common';
import { ConfigModule } from '@nestjs/config';
import { invariant } from '@sinkron/invariant';
import { CONFIGURATION, type SinkronConfiguration } from './configuration.js';
import { parseConfiguration } from './parse-configuration.js';

/** What a program needs before and inside its Nest application. */
export interface LoadedConfiguration {
  readonly configuration: SinkronConfiguration;
  /** The module to import, once, in the application's root module. */
  readonly module: DynamicModule;
}

/** Gives `CONFIGURATION` to every module of an application. */
@Module({})
export class ConfigurationModule {
  /**
   * Reads and validates the environment of this process, over an `.env` file when there is one.
   * `main` needs the values before the application exists (adapter, modules by role), which is
   * why they come with the module.
   *
   * @throws ConfigurationError
   */
  static async load(envFilePath = '.env'): Promise<LoadedConfiguration> {
    const parsed: SinkronConfiguration[] = [];
    const nestConfiguration = await ConfigModule.forRoot({
      isGlobal: true,
      cache: true,
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
    invariant(configuration !== undefined, 'ConfigurationModule: Nest has called validate');
    const module = ConfigurationModule.of(configuration);
    return { configuration, module: { ...module, imports: [nestConfiguration] } };
  }

  /** The module around values that are already there: in tests, and several nodes in a process. */
  static of(configuration: SinkronConfiguration): DynamicModule {
    return {
      module: ConfigurationModule,
      global: true,
      providers: [{ provide: CONFIGURATION, useValue: configuration }],
      exports: [CONFIGURATION],
    };
  }
}
