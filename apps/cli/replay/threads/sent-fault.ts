import { CommandError } from '../../command.js';
import { errorCode, errorText, type FilePlace, InputError } from '../../log/input-error.js';

/** An error as plain data: what is thrown in one thread keeps neither class nor members on its way to another. */
export interface SentFault {
  readonly message: string;
  readonly stack: string | null;
  readonly code: string | null;
  readonly input: {
    readonly place: FilePlace;
    readonly problem: string;
    readonly advice: string;
  } | null;
  readonly exitCode: number | null;
}

/** What of an error tells a person what is wrong and a program how to end. */
export function sentFault(error: unknown): SentFault {
  return {
    message: errorText(error),
    stack: error instanceof Error ? (error.stack ?? null) : null,
    code: errorCode(error),
    input:
      error instanceof InputError
        ? { place: error.place, problem: error.problem, advice: error.advice }
        : null,
    exitCode: error instanceof CommandError ? error.exitCode : null,
  };
}

/** The error again: an InputError or CommandError where it was one, else with the message, stack and code it had. */
export function receivedFault({ message, stack, code, input, exitCode }: SentFault): Error {
  if (input !== null) {
    const { file, line, column } = input.place;
    const place = { file, line, column };
    return new InputError(place, input.problem, input.advice);
  }
  if (exitCode !== null) return new CommandError(message, exitCode);
  const error = new Error(message);
  if (stack !== null) error.stack = stack;
  return code === null ? error : Object.assign(error, { code });
}
