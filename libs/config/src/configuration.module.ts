import { Global, Module, type DynamicModule } from '@nestjs/common';
import { CONFIGURATION, type SinkronConfiguration } from './configuration.js';
import { readConfiguration } from './read-configuration.js';

/**
 * Gives `CONFIGURATION` to every module of an application: what `readConfiguration` finds, so that a
 * wrong environment stops the boot.
 */
@Global()
@Module({
  providers: [{ provide: CONFIGURATION, useFactory: () => readConfiguration() }],
  exports: [CONFIGURATION],
})
export class ConfigurationModule {
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
