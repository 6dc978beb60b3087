import type { MakeStore } from './store-under-test.js';
import { TopicsUser } from './topics-user.js';

/** Defines tests of one part of the semantics, each with a store of its own. */
export type Row = (test: RowTest) => void;
export type RowTest = (promise: string, body: (user: TopicsUser) => Promise<void>) => void;

export function runRow(name: string, makeStore: MakeStore, row: Row): void {
  describe(name, () => {
    row((promise, body) => {
      it(promise, async () => {
        const bench = await makeStore();
        try {
          await body(new TopicsUser(bench));
        } finally {
          await bench.close();
        }
      });
    });
  });
}
