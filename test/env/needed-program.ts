import { spawnSync } from 'node:child_process';
import { it } from '@jest/globals';

/** Whether the system has this program. @throws Error where it has not and CI=true; otherwise a warning says what is not checked */
export function hasProgram(program: string): boolean {
  if (spawnSync(program, ['--version']).error === undefined) return true;
  const problem = `NOT CHECKED: some tests need ${program}, which is absent.`;
  if (process.env.CI === 'true') throw new Error(problem);
  console.warn(problem);
  return false;
}

/** `it` for tests that need this program: skipped where it is absent. @throws Error as `hasProgram` does */
export const itWith = (program: string): typeof it.skip =>
  hasProgram(program) ? (it as typeof it.skip) : it.skip;
