/** Where in a file something is wrong. Lines and columns count from 1; null where the fault has no place. */
export interface FilePlace {
  readonly file: string;
  readonly line: number | null;
  readonly column: number | null;
}

/**
 * A log or a mapping that cannot be used as it is. The message reads
 * `file:line:column: what is wrong. What to do.`; commands print it and exit non-zero, without a stack.
 */
export class InputError extends Error {
  readonly place: FilePlace;
  readonly problem: string;
  readonly advice: string;

  constructor(place: Partial<FilePlace> & { file: string }, problem: string, advice: string) {
    const { file, line = null, column = null } = place;
    const where = [file, line, column].filter((part) => part !== null).join(':');
    super(`${where}: ${problem}. ${advice}.`);
    this.name = 'InputError';
    this.place = { file, line, column };
    this.problem = problem;
    this.advice = advice;
  }
}

/** Lists names for a message; long lists are cut, with the number left out. */
export function listNames(names: Iterable<string>, limit = 60): string {
  const all = [...names];
  if (all.length === 0) return '(none)';
  const shown = all.slice(0, limit).join(', ');
  return all.length > limit ? `${shown} and ${all.length - limit} more` : shown;
}

/** The system's code of a failed call (ENOENT, ENOSPC …), or null. */
export function errorCode(error: unknown): string | null {
  if (typeof error !== 'object' || error === null || !('code' in error)) return null;
  return typeof error.code === 'string' ? error.code : null;
}

export function errorText(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
