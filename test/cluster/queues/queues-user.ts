import type { Answer, JsonClient } from '../../support/json-client.js';

export interface Message {
  readonly id: string;
  readonly body: unknown;
  readonly deliveries: number;
  readonly receipt: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** Publishes bodies. @returns their ids. */
export async function publish(
  client: JsonClient,
  topic: string,
  bodies: readonly unknown[],
): Promise<readonly string[]> {
  const messages = bodies.map((body) => ({ body }));
  const answer = await client.post(`/v1/queues/${topic}/messages`, { messages });
  expect(answer).toMatchObject({ status: 201 });
  return (answer.body as { messages: { id: string }[] }).messages.map(({ id }) => id);
}

/** Receives messages. */
export async function receive(
  client: JsonClient,
  topic: string,
  group: string,
  options: object,
): Promise<readonly Message[]> {
  const answer = await client.post(`/v1/queues/${topic}/groups/${group}/receive`, options);
  expect(answer).toMatchObject({ status: 200 });
  return (answer.body as { messages: Message[] }).messages;
}

/** Acknowledges messages. @returns the status of each. */
export async function ack(
  client: JsonClient,
  topic: string,
  group: string,
  messages: readonly Message[],
): Promise<readonly string[]> {
  const receipts = messages.map(({ receipt }) => receipt);
  const answer = await client.post(`/v1/queues/${topic}/groups/${group}/ack`, { receipts });
  expect(answer).toMatchObject({ status: 200 });
  return (answer.body as { results: { status: string }[] }).results.map(({ status }) => status);
}

/** The node that leads the topic's shard, counted from 0. */
export async function ownerOf(client: JsonClient, topic: string): Promise<number> {
  const { body } = await client.get(`/v1/queues/${topic}`);
  return Number((body as { owner: string }).owner.slice('node'.length)) - 1;
}

/** What a call answered, again until it is no refusal for now. */
export async function persistently(
  call: () => Promise<Answer>,
  deadlineMs: number,
): Promise<Answer> {
  const untilMs = performance.now() + deadlineMs;
  for (;;) {
    const answer = await call();
    if (answer.status < 500 || performance.now() > untilMs) return answer;
  }
}
