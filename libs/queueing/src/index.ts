export type { TopicStore } from './store/topic-store.js';
