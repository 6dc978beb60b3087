import type { TopicStore } from '../store/topic-store.js';

/** A store of topics whose clock is set by hand: no test waits for time to pass. */
export interface StoreUnderTest {
  readonly store: TopicStore;
  /** By the store's own clock, ms of Unix time. */
  readonly nowMs: number;
  /** Lets time pass, and what is due by then be done. */
  pass(ms: number): Promise<void>;
  /** Another process takes over with what is on the disk. */
  restart(): Promise<void>;
  close(): Promise<void>;
}

export type MakeStore = () => Promise<StoreUnderTest>;
