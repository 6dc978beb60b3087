import { WaiterNotices } from './waiter-notices.js';

describe('WaiterNotices', () => {
  it('tells each proposer of its waiters once, and then forgets', () => {
    const notices = new WaiterNotices();
    notices.add(1, ['p']);
    notices.add(2, ['p', 'q']);
    // A multi-lock is granted several holds.
    notices.add(2, ['p', 'q']);
    expect(notices.take()).toEqual([
      { proposer: 'p', body: { waiterIds: [1, 2] } },
      { proposer: 'q', body: { waiterIds: [2] } },
    ]);
    expect(notices.take()).toEqual([]);
  });

  it('cuts a long list into notices that one request can ask about', () => {
    const notices = new WaiterNotices();
    for (let waiterId = 0; waiterId < 501; waiterId += 1) notices.add(waiterId, ['p']);
    expect(
      notices.take().map(({ body }) => (body as { waiterIds: number[] }).waiterIds.length),
    ).toEqual([500, 1]);
  });
});
