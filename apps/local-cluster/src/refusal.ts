/** What the launcher will not do, in one sentence that ends with the way out. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
}
