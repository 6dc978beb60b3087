export { QueueingModule } from './queueing.module.js';
export { QueuesService } from './service/queues.service.js';
export type { TopicStore } from './store/topic-store.js';
