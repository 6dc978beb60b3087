import { HttpConnection } from '../clients/http-connection.js';
import { successBody } from '../clients/sinkron-client.js';
import { LoadFailure } from '../lock-client.js';
import type { Delivered, QueueClient } from './queue-client.js';

const GROUP = 'workers';

/** A client of Sinkron's queues over REST: one connection to one node. */
export class SinkronQueueClient implements QueueClient {
  /** Requests as they are sent, by their bodies: what the load generator burns, the servers lack. */
  private readonly texts = new WeakMap<readonly unknown[], string>();
  private readonly connection: HttpConnection;

  constructor(url: string) {
    this.connection = new HttpConnection(url);
  }

  async publish(topic: string, bodies: readonly unknown[]): Promise<void> {
    let text = this.texts.get(bodies);
    if (text === undefined) {
      text = JSON.stringify({ messages: bodies.map((body) => ({ body })) });
      this.texts.set(bodies, text);
    }
    const path = `/v1/queues/${topic}/messages`;
    successBody(await this.connection.sendText('POST', path, text), path);
  }

  async receive(topic: string, max: number, waitMs: number): Promise<Delivered> {
    const path = `/v1/queues/${topic}/groups/${GROUP}/receive`;
    const { messages } = successBody(
      await this.connection.send('POST', path, { max, waitMs }),
      path,
    );
    if (!Array.isArray(messages)) throw new LoadFailure('NO_MESSAGES', path);
    const list: readonly { readonly body: unknown; readonly receipt: string }[] = messages;
    return { bodies: list.map(({ body }) => body), handle: list.map(({ receipt }) => receipt) };
  }

  async ack(topic: string, { handle }: Delivered): Promise<void> {
    const path = `/v1/queues/${topic}/groups/${GROUP}/ack`;
    successBody(await this.connection.send('POST', path, { receipts: handle }), path);
  }

  async close(): Promise<void> {
    await this.connection.close();
  }
}
