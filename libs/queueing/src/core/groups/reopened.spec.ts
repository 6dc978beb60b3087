import { invariant } from '@sinkron/invariant';
import fc from 'fast-check';
import type { TopicConfiguration } from '../commands/topic-configuration.js';
import { GROUPS, RandomRun, step } from './testing/random-steps.js';
import { TopicUnderTest } from './testing/topic-under-test.js';

/** More or others: GROUP_STEPS_RUNS=4000 GROUP_STEPS_SEED=7 */
const RUNS = {
  numRuns: Number(process.env['GROUP_STEPS_RUNS'] ?? 200),
  seed: Number(process.env['GROUP_STEPS_SEED'] ?? 20_261_121),
};

// Without a size, most sequences would be of a few steps.
const STEPS = fc.array(step, { minLength: 1, maxLength: 80, size: 'max' });
const CONFIGURATION: fc.Arbitrary<Partial<TopicConfiguration>> = fc.record({
  visibilityMs: fc.constant(100),
  maxDeliveries: fc.constantFrom(1, 2, 1_000),
  backoff: fc.constantFrom(null, { initialMs: 30, multiplier: 2, maxMs: 80 }),
  retention: fc.constantFrom('work', 'log'),
  onOrderedFailure: fc.constantFrom('block', 'dead-letter'),
});
const DEAD_LETTERS_PER_STEP = fc.constantFrom(1, Number.POSITIVE_INFINITY);

/** Everything that groups see is received and acknowledged, as time goes on. */
function consumeAll(topic: TopicUnderTest, fromMs: number): void {
  let logTimeMs = fromMs;
  let turns = 0;
  const isLeft = (group: string): boolean => {
    const { ready, delayed, inFlight } = topic.groups.view(group, logTimeMs);
    return ready + delayed + inFlight > 0;
  };
  while (GROUPS.some(isLeft)) {
    turns += 1;
    invariant(turns < 1_000, 'the groups come to an end', { turns });
    for (const group of GROUPS) topic.consume(group, 1_000, logTimeMs);
    logTimeMs += 3_600_000;
  }
}

/** The states of all messages, counted, are what the group counts. */
function checkCounts({ groups, messages }: TopicUnderTest, logTimeMs: number): void {
  for (const group of GROUPS) {
    if (!groups.has(group)) continue;
    const counts = { ready: 0, blocked: 0, delayed: 0, 'in-flight': 0, acknowledged: 0 };
    for (const message of messages.all()) counts[groups.stateIn(group, message).state] += 1;
    expect(groups.view(group, logTimeMs)).toMatchObject({
      ready: counts.ready + counts.blocked,
      delayed: counts.delayed,
      inFlight: counts['in-flight'],
    });
    expect(groups.receivable(group)).toBeGreaterThanOrEqual(counts.ready);
  }
}

describe('what is in memory', () => {
  it('never changes what a replica does', () => {
    fc.assert(
      fc.property(
        CONFIGURATION,
        DEAD_LETTERS_PER_STEP,
        STEPS,
        (configuration, deadLetters, steps) => {
          const kept = new RandomRun(new TopicUnderTest(configuration), deadLetters);
          const reopened = new RandomRun(new TopicUnderTest(configuration), deadLetters);
          for (const [at, step] of steps.entries()) {
            const answer = kept.run(step);
            expect([at, reopened.run(step)]).toEqual([at, answer]);
            expect(reopened.topic.tables.text()).toBe(kept.topic.tables.text());
            expect(reopened.topic.deadLetters).toEqual(kept.topic.deadLetters);
            expect(reopened.topic.groups.nextDueMs).toBe(kept.topic.groups.nextDueMs);
            reopened.topic.reopen();
          }
        },
      ),
      RUNS,
    );
  });
});

describe('the counts of a group', () => {
  it('are those of the states of all messages', () => {
    fc.assert(
      fc.property(
        CONFIGURATION,
        DEAD_LETTERS_PER_STEP,
        STEPS,
        (configuration, deadLetters, steps) => {
          const run = new RandomRun(new TopicUnderTest(configuration), deadLetters);
          for (const step of steps) {
            run.run(step);
            checkCounts(run.topic, run.logTimeMs);
          }
        },
      ),
      RUNS,
    );
  });

  it('come to nothing when all is consumed, and nothing is left on the disk', () => {
    fc.assert(
      fc.property(CONFIGURATION, STEPS, (configuration, steps) => {
        const run = new RandomRun(new TopicUnderTest({ ...configuration, retention: 'work' }));
        for (const step of steps) run.run(step);
        const { topic } = run;
        for (const group of GROUPS) topic.create(group, 1);
        topic.mature(1_000);
        consumeAll(topic, run.logTimeMs);
        while (topic.shard.sweepPending) topic.shard.sweep(1_000);
        topic.removeDone();
        expect(topic.messages.counts).toEqual({ open: 0, delayed: 0 });
        expect(topic.tables.counts).toEqual({ groups: 2 });
      }),
      RUNS,
    );
  });
});
