// NATS JetStream through the `nats` client, as its documentation has it: one stream with a work queue
// for each topic, three replicas, files; a durable pull consumer with explicit acknowledgements.
import { AckPolicy, connect as connectTo, RetentionPolicy, StorageType } from 'nats';

const REPLICAS = 3;
const CONSUMER = 'workers';
/** Milliseconds; the least that a pull may wait. */
const PULL_MS_MIN = 1_000;
/** Deliveries of one consumer without an acknowledgement; the default of 1,000 would hold 64 clients up. */
const ACK_PENDING_MAX = 100_000;
const CREATE_TRIES = 50;
const CREATE_REST_MS = 200;

/**
 * @param {{ endpoints: string[], clients: number, topics: string[] }} options
 * @returns one client for each, with a connection of its own, round the servers.
 */
export async function connectQueues({ endpoints, clients, topics }) {
  const connections = await Promise.all(
    Array.from({ length: clients }, (_, index) =>
      connectTo({ servers: endpoints[index % endpoints.length], timeout: 10_000 }),
    ),
  );
  const manager = await connections[0].jetstreamManager({ timeout: 10_000 });
  for (const topic of topics) await eventually(() => create(manager, topic));
  return connections.map((connection) => new NatsClient(connection));
}

async function create(manager, topic) {
  await manager.streams.add({
    name: topic,
    subjects: [topic],
    retention: RetentionPolicy.Workqueue,
    storage: StorageType.File,
    num_replicas: REPLICAS,
  });
  await manager.consumers.add(topic, {
    durable_name: CONSUMER,
    ack_policy: AckPolicy.Explicit,
    max_ack_pending: ACK_PENDING_MAX,
  });
}

/** A cluster elects leaders for a while after its servers answer. */
async function eventually(work) {
  for (let tries = 1; ; tries += 1) {
    try {
      return await work();
    } catch (error) {
      if (tries >= CREATE_TRIES) throw error;
      await new Promise((done) => setTimeout(done, CREATE_REST_MS));
    }
  }
}

class NatsClient {
  consumers = new Map();
  inboxes = new Map();
  encoded = new WeakMap();

  constructor(connection) {
    this.connection = connection;
    this.stream = connection.jetstream({ timeout: 60_000 });
  }

  /** Each message is answered by itself; they go out without waiting for one another. */
  async publish(topic, bodies) {
    let payloads = this.encoded.get(bodies);
    if (payloads === undefined) {
      payloads = bodies.map((body) => Buffer.from(JSON.stringify(body)));
      this.encoded.set(bodies, payloads);
    }
    await Promise.all(payloads.map((payload) => this.stream.publish(topic, payload)));
  }

  async receive(topic, max, waitMs) {
    const handle = waitMs > 0 ? await this.next(topic, max, waitMs) : await this.pull(topic, max);
    return { bodies: handle.map((message) => JSON.parse(message.string())), handle };
  }

  /** What is there, up to `max`; a pull that is not filled waits for its end. */
  async pull(topic, max) {
    const consumer = await this.consumerOf(topic);
    if (max === 1) {
      const message = await consumer.next({ expires: PULL_MS_MIN });
      return message === null ? [] : [message];
    }
    const messages = await consumer.fetch({ max_messages: max, expires: PULL_MS_MIN });
    const handle = [];
    for await (const message of messages) handle.push(message);
    return handle;
  }

  /** What comes first, at once: a pull is always open, and nothing waits for it to be filled. */
  async next(topic, max, waitMs) {
    let inbox = this.inboxes.get(topic);
    if (inbox === undefined) {
      inbox = new Inbox();
      this.inboxes.set(topic, inbox);
      const consumer = await this.consumerOf(topic);
      await consumer.consume({ max_messages: max, callback: (message) => inbox.put(message) });
    }
    return await inbox.take(max, waitMs);
  }

  async consumerOf(topic) {
    let consumer = this.consumers.get(topic);
    if (consumer === undefined) {
      consumer = await this.stream.consumers.get(topic, CONSUMER);
      this.consumers.set(topic, consumer);
    }
    return consumer;
  }

  /** As it comes: nobody waits for the server to take it. */
  async ack(_topic, { handle }) {
    for (const message of handle) message.ack();
    await Promise.resolve();
  }

  async close() {
    await this.connection.close();
  }
}

/** Messages that were pushed and not taken yet. */
class Inbox {
  messages = [];
  arrived = () => {};

  put(message) {
    this.messages.push(message);
    this.arrived();
  }

  async take(max, waitMs) {
    if (this.messages.length === 0) {
      await new Promise((done) => {
        const timer = setTimeout(done, waitMs);
        this.arrived = () => {
          clearTimeout(timer);
          done();
        };
      });
    }
    return this.messages.splice(0, max);
  }
}
