/** A router whose answers a test gives one by one; it keeps what was asked. */
export class ScriptedRouter {
  readonly asked: { readonly call: string; readonly body: unknown; readonly options: unknown }[] =
    [];
  private readonly answers: unknown[] = [];
  /** Whether the answers to commands are those of an earlier request. */
  replayed = false;

  /** Adds what is answered next; an Error is thrown. */
  next(...answers: readonly unknown[]): this {
    this.answers.push(...answers);
    return this;
  }

  readonly execute = async (_target: object, body: unknown, options: unknown) => ({
    result: this.answer('execute', body, options),
    replayed: this.replayed,
    proposer: 'node1/1',
  });

  readonly query = async (_target: object, body: unknown, options: unknown) =>
    this.answer('query', body, options);

  readonly leaderRequest = async (_target: object, body: unknown, options: unknown) =>
    this.answer('leaderRequest', body, options);

  readonly onNotices = (): void => {};
  readonly onLeaderNews = () => (): void => {};

  private answer(call: string, body: unknown, options: unknown): unknown {
    this.asked.push({ call, body, options });
    const answer = this.answers.shift();
    if (answer instanceof Error) throw answer;
    return answer;
  }
}
