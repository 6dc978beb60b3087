import { Logger } from '@nestjs/common';
import { nodeId } from '@sinkron/config';
import { invariant } from '@sinkron/invariant';
import type { PeerTransport } from '@sinkron/transport';
import { decode, encode, MalformedError, TupleReader } from './codec/tuple.js';
import { proposerId, type ProposerId } from './group/command.js';
import type { Notice } from './group/replicated-machine.js';
import type { NoticePort } from './raft/driver/ports.js';

/** Events of this topic are notices: `[group, machine, proposer, body]`. */
const NOTICE_TOPIC = 'group.notice';

/** Hears the notices of one machine for proposers of this node; judges the body. */
export type NoticeListener = (proposer: ProposerId, body: unknown) => void;

export interface NoticeCourierOptions {
  readonly nodeId: string;
  readonly transport: Pick<PeerTransport, 'sendEvent' | 'onEvents'>;
  /** The node that opened a proposer of the group; undefined when it is not open. */
  nodeOf(group: string, proposer: ProposerId): string | undefined;
  /** Runs a listener; what it throws stops the node. */
  guarded(change: () => void): void;
}

/** Brings notices from the machines that lead here to their proposers' nodes, this one among them. */
export class NoticeCourier implements NoticePort {
  private readonly logger = new Logger(NoticeCourier.name);
  private readonly listeners = new Map<string, NoticeListener>();

  constructor(private readonly options: NoticeCourierOptions) {
    options.transport.onEvents(NOTICE_TOPIC, (from, messages) => {
      for (const bytes of messages) this.deliver(from, bytes);
    });
  }

  listen(group: string, machine: string, listener: NoticeListener): void {
    const address = addressOf(group, machine);
    invariant(!this.listeners.has(address), 'NoticeCourier: one listener a machine', {
      group,
      machine,
    });
    this.listeners.set(address, listener);
  }

  notify(group: string, machine: string, { proposer, body }: Notice): void {
    const node = this.options.nodeOf(group, proposer);
    // Closed meanwhile: nobody waits for it.
    if (node === undefined) return;
    const bytes = encode([group, machine, proposer, body]);
    if (node === this.options.nodeId) setImmediate(() => this.deliver(node, bytes));
    else this.options.transport.sendEvent(nodeId(node), NOTICE_TOPIC, bytes);
  }

  private deliver(from: string, bytes: Uint8Array): void {
    this.options.guarded(() => {
      try {
        const reader = new TupleReader(decode(bytes));
        const address = addressOf(reader.text(), reader.text());
        const proposer = proposerId(reader.text());
        this.listeners.get(address)?.(proposer, reader.any());
      } catch (error) {
        if (!(error instanceof MalformedError)) throw error;
        this.logger.warn(`dropped a malformed notice from ${from}: ${error.message}`);
      }
    });
  }
}

function addressOf(group: string, machine: string): string {
  return `${group} ${machine}`;
}
