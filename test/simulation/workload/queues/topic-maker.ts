import type { QueueClient } from './queue-client.js';
import type { TopicPlan } from './queue-options.js';
import type { MakeCommand } from './queue-order.js';

/** Makes a topic and its groups, before anybody publishes to it. */
export function makeTopic(client: QueueClient, plan: TopicPlan, made: () => void): void {
  const { topic, groups, configuration } = plan;
  const commands: MakeCommand[] = [
    { kind: 'configure', topic, configuration },
    ...groups.map((group): MakeCommand => {
      return { kind: 'create-group', topic, group, from: 'earliest' };
    }),
  ];
  makeNext(client, commands, made);
}

/** To make something once more changes nothing: it is asked for until that is answered. */
function makeNext(client: QueueClient, commands: readonly MakeCommand[], made: () => void): void {
  const [command, ...rest] = commands;
  if (command === undefined) return made();
  client.ask(
    () => ({ order: { kind: 'make', command }, repeats: 'never' }),
    (told) => {
      const next = told === null ? commands : rest;
      client.think(() => makeNext(client, next, made));
    },
  );
}
