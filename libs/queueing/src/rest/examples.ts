/** Bodies of publishes, for the OpenAPI document. */
export const PUBLISH_EXAMPLES = {
  plain: {
    summary: 'Two messages',
    value: { messages: [{ body: { order: 42 } }, { body: { order: 43 } }] },
  },
  ordered: {
    summary: 'In order for one customer, once only, ahead of others',
    value: {
      messages: [
        { body: { order: 42 }, key: 'customer-7', deduplicationId: 'order-42', priority: 9 },
      ],
    },
  },
  later: {
    summary: 'In an hour, and of no use a day after its publish; bytes and headers',
    value: {
      messages: [
        {
          bodyBase64: 'AAEC/w==',
          delayMs: 3_600_000,
          ttlMs: 86_400_000,
          headers: { 'content-type': 'application/octet-stream' },
        },
      ],
    },
  },
};

/** Bodies of receives, for the OpenAPI document. */
export const RECEIVE_EXAMPLES = {
  one: { summary: 'One message, if one is ready', value: {} },
  waiting: {
    summary: 'Up to ten, waiting up to twenty seconds for the first',
    value: { consumer: 'worker-7', max: 10, waitMs: 20_000 },
  },
  slow: {
    summary: 'For work that takes minutes',
    value: { consumer: 'worker-7', visibilityMs: 600_000 },
  },
};
