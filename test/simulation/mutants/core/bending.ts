import { invariant } from '@sinkron/invariant';

/** Some method, of no known signature. */
type Method = (this: never, ...args: never[]) => unknown;

/** What breaks something of the product until the function that it gives is called. */
export type Bending = () => () => void;

/**
 * Replaces a method of a class of the product by a broken one: no build but one with the tests in it
 * can do so, and the product knows nothing of it.
 *
 * @param broken makes the new method from the old one.
 */
export function bending<Old extends Method>(
  owner: { readonly prototype: object },
  name: string,
  broken: (old: Old) => Old,
): Bending {
  return () => {
    const { prototype } = owner;
    const descriptor = Object.getOwnPropertyDescriptor(prototype, name);
    invariant(typeof descriptor?.value === 'function', 'bending: there is such a method', { name });
    Object.defineProperty(prototype, name, { ...descriptor, value: broken(descriptor.value) });
    return () => Object.defineProperty(prototype, name, descriptor);
  };
}

/** Several at once. */
export function together(...bendings: readonly Bending[]): Bending {
  return () => {
    const straighten = bendings.map((bend) => bend());
    return () => {
      for (const undo of straighten.toReversed()) undo();
    };
  };
}
