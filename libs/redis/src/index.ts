export { RedisConnection } from './redis-connection.js';
export { RedisModule } from './redis.module.js';
export { parseRedisUrl, type RedisTarget } from './redis-target.js';
