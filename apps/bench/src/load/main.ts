// The load generator, in a process of its own: it gets one request after the other by IPC.
import { failureCode } from './lock-client.js';
import type { LoadReport, LoadRequest } from './orders.js';
import { runOrder } from './run-order.js';

function report(message: LoadReport): void {
  // The bench is the only one who talks to this process; when it has gone, so does this.
  if (process.connected) process.send?.(message);
}

process.on('disconnect', () => {
  process.exit(1);
});
process.on('message', (request: LoadRequest) => {
  runOrder(request, () => {
    report({ kind: 'measuring' });
  }).then(
    (outcome) => {
      report({ kind: 'done', outcome });
    },
    (error: unknown) => {
      const message = error instanceof Error ? error.message : String(error);
      report({ kind: 'failed', code: failureCode(error), message });
    },
  );
});
