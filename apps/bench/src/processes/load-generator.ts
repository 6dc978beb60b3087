import { fork, type ChildProcess } from 'node:child_process';
import type { LoadOutcome, LoadReport, LoadRequest } from '../load/orders.js';
import { LoadFailure } from '../load/lock-client.js';
import { ORDER_GRACE_MS } from '../limits.js';
import type { ExitDuties } from './exit-duties.js';

/** The process that makes the load; one request at a time. */
export class LoadGenerator {
  private readonly child: ChildProcess;

  /** @param file the built load/main.js. */
  constructor(file: string, duties: ExitDuties) {
    this.child = fork(file, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    duties.add(() => this.child.kill('SIGKILL'));
  }

  /**
   * @param onMeasuring is called when the warm-up is over.
   * @throws LoadFailure when the request failed as a whole.
   */
  async run(request: LoadRequest, onMeasuring: () => void = () => undefined): Promise<LoadOutcome> {
    const { window } = request.order;
    const deadlineMs = window.warmUpMs + window.measureMs + ORDER_GRACE_MS;
    return await new Promise((done, fail) => {
      const end = (): void => {
        clearTimeout(timer);
        this.child.off('message', hear);
        this.child.off('exit', exited);
      };
      const exited = (): void => {
        end();
        fail(new LoadFailure('LOAD_GENERATOR_ENDED', request.order.kind));
      };
      const hear = (report: LoadReport): void => {
        if (report.kind === 'measuring') {
          onMeasuring();
          return;
        }
        end();
        if (report.kind === 'done') done(report.outcome);
        else fail(new LoadFailure(report.code, report.message));
      };
      const timer = setTimeout(() => {
        end();
        fail(new LoadFailure('LOAD_GENERATOR_HANGS', request.order.kind));
      }, deadlineMs);
      this.child.on('message', hear);
      this.child.on('exit', exited);
      this.child.send(request);
    });
  }

  async close(): Promise<void> {
    const ended = new Promise((done) => this.child.on('exit', done));
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    this.child.kill('SIGKILL');
    await ended;
  }
}
