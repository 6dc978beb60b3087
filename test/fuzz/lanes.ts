import * as fc from 'fast-check';

/** What a failed run tells, ready to be printed. */
export class FuzzFailure extends Error {
  override readonly name = 'FuzzFailure';
}

/**
 * Runs a property in several lanes at once, each with its own seed made of `seed`, and reports the
 * first failure with its smallest case.
 *
 * @throws FuzzFailure
 */
export async function inLanes<Value>(
  options: { readonly lanes: number; readonly runs: number; readonly seed: number },
  cases: fc.Arbitrary<Value>,
  openLane: (lane: number) => (value: Value) => Promise<void>,
): Promise<void> {
  const { lanes, runs, seed } = options;
  const results = await Promise.all(
    Array.from({ length: lanes }, async (_, lane) => {
      const run = openLane(lane);
      return await fc.check(fc.asyncProperty(cases, run), {
        seed: seed + lane,
        numRuns: Math.ceil(runs / lanes),
      });
    }),
  );
  const failed = results.filter(({ failed: hasFailed }) => hasFailed);
  if (failed.length === 0) return;
  const texts = failed.map(({ errorInstance, numRuns, numShrinks, counterexamplePath }) =>
    [
      errorInstance instanceof Error ? errorInstance.message : String(errorInstance),
      `(after ${numRuns} cases, shrunk ${numShrinks} times, path ${counterexamplePath ?? '-'})`,
    ].join('\n'),
  );
  throw new FuzzFailure([...new Set(texts)].join('\n\n'));
}
