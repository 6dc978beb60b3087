import type { Environment, VariableName } from './variables.js';

interface Refusal {
  /** What the variable is; left out, its value in quotes (never for secrets). */
  readonly got?: string;
  /** Continues "but must be". */
  readonly wants: string;
  /** An instruction, without a full stop. */
  readonly fix: string;
}

/**
 * Reads typed values from an environment and collects what is wrong with them, so that a boot
 * reports all problems at once. A refused variable reads as its fallback.
 */
export class EnvironmentReader {
  /** One sentence each, in the order of reading. */
  readonly problems: string[] = [];

  private readonly refusedNames = new Set<VariableName>();

  constructor(private readonly environment: Environment) {}

  /** The trimmed value; an empty variable counts as unset. */
  text(name: VariableName): string | undefined {
    const value = this.environment[name]?.trim();
    return value === '' ? undefined : value;
  }

  integer(
    name: VariableName,
    options: { readonly min: number; readonly max: number; readonly fallback: number },
  ): number;
  integer(
    name: VariableName,
    options: { readonly min: number; readonly max: number; readonly example: number },
  ): number | undefined;
  integer(
    name: VariableName,
    options: {
      readonly min: number;
      readonly max: number;
      readonly fallback?: number;
      readonly example?: number;
    },
  ): number | undefined {
    const value = this.text(name);
    if (value === undefined) return options.fallback;
    const number = /^\d{1,15}$/.test(value) ? Number(value) : Number.NaN;
    if (number >= options.min && number <= options.max) return number;
    this.refuse(name, {
      wants: `an integer from ${options.min} to ${options.max}`,
      fix: `set ${name}=${options.fallback ?? options.example} or remove it`,
    });
    return options.fallback;
  }

  choice<T extends string>(name: VariableName, choices: readonly T[], fallback: T): T {
    const value = this.text(name);
    if (value === undefined) return fallback;
    const choice = choices.find((candidate) => candidate === value);
    if (choice !== undefined) return choice;
    this.refuse(name, {
      wants: `one of ${choices.join(', ')}`,
      fix: `set ${name}=${fallback} or remove it`,
    });
    return fallback;
  }

  flag(name: VariableName, fallback: boolean): boolean {
    return this.choice(name, ['true', 'false'], fallback ? 'true' : 'false') === 'true';
  }

  /** The parts of a comma-separated list, trimmed, empty parts kept so that they can be refused. */
  list(name: VariableName): readonly string[] | undefined {
    return this.text(name)
      ?.split(',')
      .map((part) => part.trim());
  }

  /** Whether the variable read as its fallback because it was wrong. */
  refused(name: VariableName): boolean {
    return this.refusedNames.has(name);
  }

  refuse(name: VariableName, { got, wants, fix }: Refusal): void {
    const value = got ?? JSON.stringify(this.text(name) ?? '');
    this.refusedNames.add(name);
    this.problems.push(`${name} is ${value}, but must be ${wants}: ${fix}.`);
  }
}
