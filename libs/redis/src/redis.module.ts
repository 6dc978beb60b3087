import { Global, Module } from '@nestjs/common';
import { RedisConnection } from './redis-connection.js';

/** Gives every module the node's connection to Redis; nothing connects before it is used. */
@Global()
@Module({ providers: [RedisConnection], exports: [RedisConnection] })
export class RedisModule {}
