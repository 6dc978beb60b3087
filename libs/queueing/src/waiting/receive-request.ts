import type { ClientConnection } from '@sinkron/http';
import type { ChangeOptions } from '../store/topic-store.js';

/** What a consumer asks for. */
export interface ReceiveRequest {
  readonly topic: string;
  readonly group: string;
  readonly consumer: string | null;
  readonly max: number;
  /** How long to wait for a first message. */
  readonly waitMs: number;
  /** Null: the topic's. */
  readonly visibilityMs: number | null;
}

/** How a consumer asks. */
export interface ReceiveCall extends ChangeOptions {
  /** Messages are returned when it goes before it was told of them, unless it has a key. */
  readonly client: Pick<ClientConnection, 'onGone'>;
}
