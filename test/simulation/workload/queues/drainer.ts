import type { QueueClient, Told } from './queue-client.js';

const DRAINED_AT_ONCE = 20;
const DRAIN_WAIT_MS = 200;

/** Receives and acknowledges all that a group has, until nothing is left for it that could come. */
export class Drainer {
  constructor(
    private readonly client: QueueClient,
    private readonly topic: string,
    private readonly group: string,
    private readonly deadlineUs: number,
    /** Gets whether the group is empty. */
    private readonly drained: (empty: boolean) => void,
  ) {}

  receive(): void {
    const { client, topic, group } = this;
    const order = {
      kind: 'receive',
      topic,
      group,
      max: DRAINED_AT_ONCE,
      waitMs: DRAIN_WAIT_MS,
      visibilityMs: null,
    } as const;
    this.ask(
      (ended) => client.ask(() => ({ order, repeats: 'never' }), ended, this.deadlineUs),
      (told) => {
        const receipts = told.messages.map(({ receipt }) => receipt);
        if (receipts.length > 0) this.acknowledge(receipts);
        else this.look();
      },
    );
  }

  private acknowledge(receipts: readonly string[]): void {
    const { client, topic, group } = this;
    const terms = { delayMs: null, deadLetter: false, visibilityMs: 0 };
    const order = { kind: 'ack', topic, group, receipts, ...terms } as const;
    this.ask(
      (ended) => client.ask(() => ({ order, repeats: 'plainly' }), ended, this.deadlineUs),
      () => this.receive(),
    );
  }

  private look(): void {
    const { client, topic, group } = this;
    const order = { kind: 'look', topic, group } as const;
    this.ask(
      (ended) => client.ask(() => ({ order, repeats: 'never' }), ended, this.deadlineUs),
      (told) => {
        if (told.kind !== 'looked' || told.topic === null || told.group === null) {
          return this.receive();
        }
        const { ready, delayed, inFlight } = told.group;
        if (ready + delayed + inFlight + told.topic.delayed > 0) return this.receive();
        this.drained(true);
      },
    );
  }

  /** The first command of a node that was away may find its proposer closed. */
  private ask(
    send: (ended: (told: Told) => void) => void,
    use: (told: NonNullable<Told>) => void,
    again = true,
  ): void {
    send((told) => {
      if (told !== null) return use(told);
      if (again) return this.ask(send, use, false);
      this.drained(false);
    });
  }
}
