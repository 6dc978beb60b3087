import type { ClientConnection } from '@sinkron/http';

/** A client that is gone when the test aborts. */
export function connectionOf({ signal }: AbortController): ClientConnection {
  return {
    gone: signal,
    onGone: (listener) => {
      if (signal.aborted) listener();
      else signal.addEventListener('abort', listener, { once: true });
    },
  };
}
