import { WATCH_MS } from '../../../../libs/queueing/src/core/limits.js';
import { TOPIC_MACHINE } from '../../../../libs/queueing/src/machine/topic-machine.js';
import { REWATCH_TIMEOUT_MS } from '../../../../libs/queueing/src/store/limits.js';
import { readWatchAnswer } from '../../../../libs/queueing/src/store/reading/read-view.js';
import { WATCH_TIMEOUT_MS } from '../../../../libs/queueing/src/waiting/limits.js';
import type { WaitingPort } from '../waiting-calls.js';

type WatchPort = Pick<WaitingPort, 'gateway' | 'nowUs' | 'nowMs'>;

/** What a node wants to hear of one group. */
interface Watched {
  readonly topic: string;
  readonly group: string;
  readonly wanted: number;
}

interface Watch extends Watched {
  readonly untilMs: number;
}

/** How many messages are ready; null: no such group; undefined: nobody answered. */
type Told = (ready: number | null | undefined) => void;

/** Which groups a node watches: that part of the production ReplicatedTopicStore without its promises. */
export class GroupWatches {
  /** As the last command was sent by it. */
  proposer = '';
  private readonly watches = new Map<string, Watch>();

  constructor(private readonly port: WatchPort) {}

  watch(watched: Watched, told: Told): void {
    const key = `${watched.topic}\n${watched.group}`;
    this.watches.delete(key);
    const untilMs = this.port.nowMs() + WATCH_MS;
    if (watched.wanted > 0) this.watches.set(key, { ...watched, untilMs });
    this.ask(watched, WATCH_TIMEOUT_MS, told);
  }

  /** Another leader knows nothing of what this node told the one before. */
  again(ready: (topic: string, group: string, ready: number) => void): void {
    const nowMs = this.port.nowMs();
    for (const [key, { untilMs, ...watched }] of this.watches) {
      const { topic, group } = watched;
      if (untilMs < nowMs) this.watches.delete(key);
      else {
        this.ask(watched, REWATCH_TIMEOUT_MS, (count) => {
          if (count !== undefined && count !== null && count > 0) ready(topic, group, count);
        });
      }
    }
  }

  private ask(watched: Watched, timeoutMs: number, told: Told): void {
    const { port, proposer } = this;
    const deadlineUs = port.nowUs() + timeoutMs * 1000;
    const request = { kind: 'watch', proposer, ...watched };
    port.gateway.request(TOPIC_MACHINE, request, deadlineUs, (answer) => {
      told(answer.kind === 'read' ? readWatchAnswer(answer.result).ready : undefined);
    });
  }
}
