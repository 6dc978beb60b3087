import { Logger } from '@nestjs/common';
import type { ClusterRouter } from '@sinkron/cluster';
import { ProblemError } from '@sinkron/http';
import { OutboxCarrier } from './outbox-carrier.js';

const LOAD = { from: 3, to: 5, messages: [] };

/** Answers with what is left of a list. */
function carrier(...answers: unknown[]) {
  const asked: unknown[] = [];
  const router = {
    execute: async ({ group }: { group: string }, command: unknown) => {
      asked.push([group, command]);
      const answer = answers.shift();
      if (answer instanceof Error) throw answer;
      return { result: answer };
    },
  };
  return { asked, carrier: new OutboxCarrier(router as unknown as ClusterRouter) };
}

const DELIVER = ['queues-5', { kind: 'deliver-outbox', from: 3, messages: [] }];

describe('OutboxCarrier', () => {
  beforeAll(() => Logger.overrideLogger(false));

  it('has the other shard take the messages, then their own remove what was taken', async () => {
    const run = carrier({ status: 'outbox-taken', through: 8 }, { status: 'swept' });
    await run.carrier.carry(LOAD);
    expect(run.asked).toEqual([
      DELIVER,
      ['queues-3', { kind: 'outbox-delivered', to: 5, through: 8 }],
    ]);
  });

  it.each([
    ['there is no leader', new ProblemError('NO_LEADER', 'nobody leads')],
    ['the outcome is unknown', new ProblemError('OUTCOME_UNKNOWN', 'perhaps')],
    ['the shard understands nothing', { status: 'malformed', message: 'what?' }],
  ])('removes nothing when %s', async (_case, answer) => {
    const run = carrier(answer);
    await run.carrier.carry(LOAD);
    expect(run.asked).toEqual([DELIVER]);
  });
});
