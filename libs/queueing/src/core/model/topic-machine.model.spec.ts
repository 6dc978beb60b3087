import * as fc from 'fast-check';
import { actions } from './action.js';
import { ModelRun } from './model-run.js';
import { Tally } from './tally.js';

/** More sequences, or others: TOPIC_MODEL_RUNS=20000 TOPIC_MODEL_SEED=2 npm run unit -- … */
const RUNS = Number(process.env['TOPIC_MODEL_RUNS'] ?? 200);
const SEED = Number(process.env['TOPIC_MODEL_SEED'] ?? 1);

/** What the sequences must have met, or they prove too little. */
const MET = [
  'publish: published',
  'publish: queue-full',
  'duplicate',
  'configure: configured',
  'configure: configuration-conflict',
  'delete-topic: deleted',
  'purge: purged',
  'delete-message: deleted',
  'delete-message: message-not-found',
  'create-group: group-created',
  'delete-group: group-deleted',
  'receive: topic-not-found',
  'received messages',
  'received nothing',
  'received with a key',
  'redelivered',
  'ack: done',
  'ack: stale',
  'ack: group-not-found',
  'acknowledged with others left',
  'nack: done',
  'nack: stale',
  'return: done',
  'return: stale',
  'extend: done',
  'extend: stale',
  'seek: sought',
  'seek: message-not-found',
  'redrive: redriven',
  'redriven back',
  'left for another shard',
  'deliver-outbox: outbox-taken',
  'outbox-delivered: swept',
  'due',
  'dead letters',
  'log',
  'delayed',
  'three groups',
  'state: ready',
  'state: delayed',
  'state: in-flight',
  'state: acknowledged',
  'state: blocked',
  'reopened',
];

describe('TopicMachine against the reference', () => {
  const tally = new Tally();

  it('does what the rules say, whatever the sequence of commands', () => {
    const property = fc.property(actions, (sequence) => {
      const run = new ModelRun(tally);
      for (const action of sequence) run.step(action);
      run.end();
    });
    fc.assert(property, { numRuns: RUNS, seed: SEED });
  }, 3_600_000);

  it('has met everything that it is about', () => {
    expect(MET.filter((what) => tally.count(what) === 0)).toEqual([]);
  });
});
