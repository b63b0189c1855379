import { type ParseArgsConfig, parseArgs } from 'node:util';

/** Exit codes that a program can act on. */
export const EXIT = { ok: 0, failed: 1, usage: 2, input: 3, unreachable: 4 } as const;

/** Something is wrong with how a command was called, or with what it was given; printed without a stack. */
export class CommandError extends Error {
  constructor(
    message: string,
    readonly exitCode: number = EXIT.usage,
  ) {
    super(message);
    this.name = 'CommandError';
  }
}

export interface Command {
  readonly name: string;
  /** Usage lines and options, shown by --help. */
  readonly usage: string;
  run(args: readonly string[]): Promise<number>;
}

type Options = NonNullable<ParseArgsConfig['options']>;

/**
 * Reads options strictly: an unknown option, a missing value or a stray argument is a usage error that names it.
 */
export function readOptions<T extends Options>(
  args: readonly string[],
  options: T,
  positionals = 0,
): { values: ReturnType<typeof parseArgs<{ options: T }>>['values']; positionals: string[] } {
  try {
    const parsed = parseArgs({
      args: [...args],
      options,
      allowPositionals: positionals > 0,
      strict: true,
    });
    if (parsed.positionals.length > positionals)
      throw new Error(`unexpected argument '${parsed.positionals[positionals]}'`);
    return { values: parsed.values as never, positionals: parsed.positionals };
  } catch (error) {
    throw new CommandError(error instanceof Error ? error.message : String(error));
  }
}

/** Runs the verb that the first argument names, with the others. Throws CommandError (usage) where it names none. */
export async function runVerb(
  command: string,
  verbs: ReadonlyMap<string, Command['run']>,
  [verb, ...rest]: readonly string[],
): Promise<number> {
  const run = verbs.get(verb ?? '');
  if (run !== undefined) return run(rest);
  const names = [...verbs.keys()].join(', ');
  throw new CommandError(
    verb === undefined
      ? `${command} needs one of ${names}`
      : `${command} takes ${names}, not '${verb}'`,
    EXIT.usage,
  );
}

/** A whole number given as text, within bounds (both included). */
export function wholeNumber(
  text: string | undefined,
  name: string,
  bounds: { readonly least: number; readonly most: number; readonly otherwise: number },
): number {
  if (text === undefined) return bounds.otherwise;
  const value = Number(text);
  if (!Number.isInteger(value) || value < bounds.least || value > bounds.most)
    throw new CommandError(
      `--${name} takes a whole number from ${bounds.least} to ${bounds.most}, not '${text}'`,
    );
  return value;
}
