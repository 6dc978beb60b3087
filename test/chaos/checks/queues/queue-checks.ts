import { checkQueues, type QueueVerdict } from '../../../queues/check-queues.js';
import { deliveriesOf } from '../../../queues/deliveries.js';
import type { QueueHistory, QueueOperation } from '../../../queues/queue-operation.js';
import type { Call } from '../../clients/calls/call.js';
import { CLOCKS_SLACK_MS } from '../../limits.js';
import { found, type Finding } from '../check.js';
import type { GroupAtEnd } from './group-at-end.js';

/** What happened in one group, in messages. */
export interface GroupTally {
  readonly topic: string;
  readonly group: string;
  /** To the topic: answered, and of unknown outcome. */
  readonly published: number;
  readonly publishedPerhaps: number;
  readonly delivered: number;
  readonly acknowledged: number;
  readonly redelivered: number;
  /** Why messages were delivered again, and how often. */
  readonly causes: Readonly<Record<string, number>>;
  readonly deadLettered: number;
}

export interface QueueReview {
  readonly findings: readonly Finding[];
  readonly tallies: readonly GroupTally[];
}

interface GroupVerdict {
  readonly end: GroupAtEnd;
  readonly verdict: QueueVerdict;
  readonly deadLetters: readonly string[];
}

/** Looks at all that clients saw of queues: each group by itself, since each sees every message. */
export function reviewQueues(
  operations: readonly QueueOperation[],
  ends: readonly GroupAtEnd[],
): QueueReview {
  const verdicts = ends.map((end) => verdictOf(operations, end));
  const tallies = verdicts.map(tallyOf);
  const sum = (count: (tally: GroupTally) => number): number => {
    return tallies.reduce((total, tally) => total + count(tally), 0);
  };
  const deliveries = `${sum(({ delivered }) => delivered)} deliveries`;
  const all = (list: (verdict: QueueVerdict) => readonly string[]): readonly string[] => {
    return verdicts.flatMap(({ verdict, end }) => list(verdict).map((text) => inGroup(end, text)));
  };
  return {
    tallies,
    findings: [
      found(
        'no group loses a message whose publish was acknowledged',
        `${sum(({ published }) => published)} messages, each for its group`,
        all(({ lost }) => lost),
      ),
      found(
        'nothing is delivered that was not published like that',
        deliveries,
        all(({ unexpected }) => unexpected),
      ),
      found(
        'messages of a key are delivered in publish order, one at a time',
        deliveries,
        all(({ outOfOrder }) => outOfOrder),
      ),
      found(
        'no message comes again after its acknowledgement, or while another has it',
        `${sum(({ redelivered }) => redelivered)} redeliveries`,
        all(({ redelivered }) => redelivered.violations),
      ),
      found(
        'a dead letter is made once, of what was not acknowledged, and counted',
        `${sum(({ deadLettered }) => deadLettered)} dead letters`,
        verdicts.flatMap(({ deadLetters }) => deadLetters),
      ),
    ],
  };
}

/** A run in which nothing was published, or nothing acknowledged in some group, proves nothing. */
export function checkQueueProgress(
  calls: readonly Call[],
  nodes: readonly string[],
  tallies: readonly GroupTally[],
): Finding {
  const published = calls.filter(({ request, outcome }) => {
    return (
      request.operation === 'publishMessages' &&
      outcome.kind === 'answered' &&
      outcome.status === 201
    );
  });
  const answering = new Set(published.map(({ tries }) => tries.at(-1)?.node));
  const violations = [
    ...nodes
      .filter((nodeId) => !answering.has(nodeId))
      .map((nodeId) => `${nodeId} has answered no publish`),
    ...tallies
      .filter(({ acknowledged }) => acknowledged === 0)
      .map(({ topic, group }) => `${topic}/${group} has acknowledged nothing`),
  ];
  const seen = `${published.length} publishes, ${tallies.length} groups`;
  return found('the run has proved something: publishes at every node', seen, violations);
}

function verdictOf(operations: readonly QueueOperation[], end: GroupAtEnd): GroupVerdict {
  const { topic, group, values, deadLetters } = end;
  const own = operations.filter((call) => {
    return call.topic === topic && (call.kind === 'publish' || call.group === group);
  });
  const history: QueueHistory = {
    operations: own,
    end: [{ topic, groups: [group], values, deadLetters }],
    slackMs: CLOCKS_SLACK_MS,
  };
  return { end, verdict: checkQueues(history), deadLetters: deadLetterFaults(history, end) };
}

function deadLetterFaults(history: QueueHistory, end: GroupAtEnd): readonly string[] {
  const { topic, group, deadLetters, deadLettered } = end;
  const acknowledged = new Set(
    deliveriesOf(history).flatMap(({ value, settlements }) => {
      return settlements.some(({ call, acted }) => call.kind === 'ack' && acted === true)
        ? [value]
        : [];
    }),
  );
  const about = `${topic}/${group}`;
  const faults = deadLetters
    .filter((value) => acknowledged.has(value))
    .map((value) => `${about}: "${value}" was acknowledged, and is a dead letter`);
  const twice = deadLetters
    .filter((value, place) => deadLetters.indexOf(value) !== place)
    .map((value) => `${about}: of "${value}" there is more than one dead letter`);
  if (deadLetters.length !== deadLettered) {
    faults.push(
      `${about} counts ${deadLettered} dead letters, and there are ${deadLetters.length}`,
    );
  }
  return [...faults, ...twice];
}

function tallyOf({ end, verdict }: GroupVerdict): GroupTally {
  const { seen, redelivered } = verdict;
  return {
    topic: end.topic,
    group: end.group,
    published: seen.published,
    publishedPerhaps: seen.publishedPerhaps,
    delivered: seen.delivered,
    acknowledged: seen.acknowledged,
    redelivered: redelivered.count,
    causes: redelivered.byCause,
    deadLettered: end.deadLetters.length,
  };
}

/** Of a loss, the topic alone would leave open which group it is. */
function inGroup({ topic, group }: GroupAtEnd, text: string): string {
  return text.startsWith(`${topic}/${group}`) ? text : `${text} (${group})`;
}
