/**
 * The environment asks for something that cannot be done.
 *
 * Each problem is one sentence that names the variable, what it is, what it must be and the fix;
 * the message holds one problem a line and is meant to be shown as it is, without a stack.
 */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError';

  constructor(readonly problems: readonly string[]) {
    super(problems.join('\n'));
  }
}
