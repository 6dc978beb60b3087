import type { Executed, ExecuteOptions, Target } from '@sinkron/cluster';
import { proposerId } from '@sinkron/consensus';
import type { WaitingRouter } from '../lock-target.js';

interface Asked {
  readonly kind: string;
  readonly body: unknown;
  readonly options: ExecuteOptions;
  readonly answer: (result: unknown) => void;
  readonly fail: (error: Error) => void;
}

type NoticeListener = Parameters<WaitingRouter['onNotices']>[1];

/** A cluster whose every answer the test gives, one by one. */
export class ScriptedRouter implements WaitingRouter {
  /** What is not answered yet, in order. */
  readonly open: Asked[] = [];
  proposer = proposerId('p1');
  private noticeListener: NoticeListener | undefined;
  private newsListener: (() => void) | undefined;

  async execute(_target: Target, body: unknown, options: ExecuteOptions): Promise<Executed> {
    const { proposer } = this;
    return { result: await this.asked(body, options), replayed: false, proposer };
  }

  leaderRequest(_target: Target, body: unknown, options: ExecuteOptions): Promise<unknown> {
    return this.asked(body, options);
  }

  onNotices(_target: Target, listener: NoticeListener): void {
    this.noticeListener = listener;
  }

  onLeaderNews(_group: string, listener: () => void): () => void {
    this.newsListener = listener;
    return () => {
      this.newsListener = undefined;
    };
  }

  notice(body: unknown): void {
    this.noticeListener?.(this.proposer, body);
  }

  leaderNews(): void {
    this.newsListener?.();
  }

  /** The bodies that are not answered yet. */
  get bodies(): unknown[] {
    return this.open.map(({ body }) => body);
  }

  /** The oldest open question of this kind. */
  take(kind: string): Asked {
    const at = this.open.findIndex((asked) => asked.kind === kind);
    const [asked] = at === -1 ? [] : this.open.splice(at, 1);
    if (asked === undefined) throw new Error(`nobody asks to ${kind}`);
    return asked;
  }

  private asked(body: unknown, options: ExecuteOptions): Promise<unknown> {
    const { kind } = body as { kind: string };
    return new Promise((answer, fail) => {
      this.open.push({ kind, body, options, answer, fail });
    });
  }
}
