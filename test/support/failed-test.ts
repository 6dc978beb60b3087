/** jest-circus keeps the handlers of its events here, for environments and setups to add theirs. */
const EVENT_HANDLERS = Symbol.for('EVENT_HANDLERS');

type EventHandler = (event: { readonly name: string }) => void;

/**
 * Calls back when a test or a hook of this file fails, a timeout included.
 *
 * @returns what ends it.
 */
export function onFailedTest(callback: () => void): () => void {
  const handlers: unknown = Reflect.get(globalThis, EVENT_HANDLERS);
  // Not under Jest, or another runner: then there is nothing to be called by.
  if (!Array.isArray(handlers)) return () => undefined;
  const handler: EventHandler = ({ name }) => {
    if (name === 'test_fn_failure' || name === 'hook_failure') callback();
  };
  handlers.push(handler);
  return () => {
    const index = handlers.indexOf(handler);
    if (index >= 0) handlers.splice(index, 1);
  };
}
