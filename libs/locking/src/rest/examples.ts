/** Bodies of acquires, for the OpenAPI document. */
export const ACQUIRE_EXAMPLES = {
  exclusive: {
    summary: 'Alone, for half a minute',
    value: { owner: 'worker-7', ttlMs: 30_000 },
  },
  waiting: {
    summary: 'Together with other readers, waiting up to ten seconds',
    value: { owner: 'worker-7', mode: 'shared', waitMs: 10_000 },
  },
  session: {
    summary: 'As long as the session lives',
    value: { sessionId: '9f2c4e6a8b0d1f3c5e7a9b1d3f5c7e9a', lockDelayMs: 5_000 },
  },
};

/** Bodies of multi-lock acquires, for the OpenAPI document. */
export const ACQUIRE_MULTI_EXAMPLES = {
  transfer: {
    summary: 'Two accounts at once, without a deadlock with whoever names them in another order',
    value: {
      owner: 'worker-7',
      locks: [{ name: 'accounts/1' }, { name: 'accounts/2' }],
      waitMs: 5_000,
    },
  },
  mixed: {
    summary: 'One to write, one to read',
    value: {
      owner: 'worker-7',
      locks: [
        { name: 'orders/42', mode: 'exclusive' },
        { name: 'stock', mode: 'shared' },
      ],
    },
  },
};
