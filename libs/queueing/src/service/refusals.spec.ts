import { ProblemError } from '@sinkron/http';
import { receiptText } from '../core/message/receipt.js';
import { problem } from '../testing/answers.js';
import { QueuesHttp } from '../testing/queues-http.js';

const receipts = [receiptText({ topicId: 1, groupId: 1, deliveryId: 1, sequence: 1 })];

let http: QueuesHttp;

beforeAll(async () => {
  http = await QueuesHttp.start();
});
afterAll(() => http.stop());

describe('Queues where no member of the cluster has the role', () => {
  it.each<readonly ['GET' | 'POST' | 'PUT' | 'DELETE', string, object | undefined]>([
    ['GET', '', undefined],
    ['GET', '/a', undefined],
    ['PUT', '/a', {}],
    ['DELETE', '/a', undefined],
    ['DELETE', '/a/messages', undefined],
    ['POST', '/a/redrive', {}],
    ['POST', '/a/messages', { messages: [{ body: 1 }] }],
    ['GET', '/a/messages', undefined],
    ['GET', '/a/groups', undefined],
    ['PUT', '/a/groups/g', undefined],
    ['DELETE', '/a/groups/g', undefined],
    ['POST', '/a/groups/g/seek', { to: 'earliest' }],
    ['POST', '/a/groups/g/receive', { waitMs: 10_000 }],
    ['POST', '/a/groups/g/ack', { receipts }],
    ['POST', '/a/groups/g/nack', { receipts }],
    ['POST', '/a/groups/g/extend', { receipts, visibilityMs: 1_000 }],
    ['GET', '/a/groups/g/stream', undefined],
  ])('refuse %s %s at once, and say so', async (method, path, body) => {
    http.router.failure = new ProblemError('ROLE_ABSENT', 'nobody has the role queues');
    expect(await http.ask(method, path, { body })).toMatchObject(problem(503, 'ROLE_ABSENT'));
  });
});
