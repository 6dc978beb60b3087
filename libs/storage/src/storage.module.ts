import { Global, Module } from '@nestjs/common';
import { CONFIGURATION, type SinkronConfiguration } from '@sinkron/config';
import { DataDirectory } from './directory/data-directory.js';

/**
 * Gives the node's `DataDirectory`, opened and locked when the application is made. Whoever made
 * the application closes it last, when nothing writes any more.
 */
@Global()
@Module({
  providers: [
    {
      provide: DataDirectory,
      inject: [CONFIGURATION],
      useFactory: ({ dataDir, nodeId }: SinkronConfiguration) =>
        DataDirectory.open(dataDir, { nodeId }),
    },
  ],
  exports: [DataDirectory],
})
export class StorageModule {}
