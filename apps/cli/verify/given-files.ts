import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { verifyEd25519 } from '#audit-keys/ed25519.js';
import { parseState, type SignedState } from '#audit-keys/signed-state.js';
import { PolicyError, parsePolicy } from '#evidence/verify/policy.js';
import type { Trust } from '#store/judge/stored-checkpoints.js';
import type { Anchor } from '#store/judge/tree-judge.js';
import { CommandError } from '../command.js';
import { VERIFY_EXIT } from './verify-exit.js';
import { type VerifyLanguage, verifyText } from './verify-text.js';

/** Largest file of keys or state that is read, bytes. */
const LARGEST = 1 << 20;

function readText(file: string): string {
  if (statSync(file).size > LARGEST) throw new Error(`> ${LARGEST} B`);
  return readFileSync(file, 'utf8');
}

function unreadable(language: VerifyLanguage, file: string, error: unknown): CommandError {
  const why = error instanceof Error ? error.message : String(error);
  return new CommandError(
    verifyText(language, 'unreadable', { file, why }),
    VERIFY_EXIT.unreadable,
  );
}

/** Trusted keys of a policy file (docs/verifying.md). @throws CommandError (3) naming file and line */
export function readTrust(file: string, language: VerifyLanguage): Trust {
  try {
    return { policy: parsePolicy(readText(file), 'log'), verify: verifyEd25519 };
  } catch (error) {
    if (error instanceof CommandError) throw error;
    if (error instanceof PolicyError || error instanceof Error)
      throw unreadable(language, file, error);
    throw error;
  }
}

/**
 * What a signer or a witness remembers: its state file, or its state folder, of which all logs with one of these origins
 * count (all of them where `origin` is null).
 * @throws CommandError (3) where there is none, or it is damaged
 */
export function readRemembered(
  path: string,
  where: 'signer' | 'witness',
  { origin, language }: { readonly origin: string | null; readonly language: VerifyLanguage },
): Anchor[] {
  try {
    const files = statSync(path).isDirectory()
      ? readdirSync(path)
          .filter((name) => name.endsWith('.json'))
          .map((name) => join(path, name))
      : [path];
    const states = files.map(readState);
    const found = states.filter((state) => origin === null || state.origin === origin);
    if (found.length === 0)
      throw new Error(verifyText(language, 'unreadable.no-state', { origin }));
    return found.map(({ size, root }) => ({ size, root, where, time: null }));
  } catch (error) {
    throw unreadable(language, path, error);
  }
}

/** State of the last visit to the log with this origin. @throws CommandError (3) */
export function readLogState(
  file: string,
  { origin, language }: { readonly origin: string; readonly language: VerifyLanguage },
): { readonly size: number; readonly root: Uint8Array } {
  try {
    const state = readState(file);
    if (state.origin !== origin)
      throw new Error(verifyText(language, 'unreadable.no-state', { origin }));
    return state;
  } catch (error) {
    throw unreadable(language, file, error);
  }
}

function readState(file: string): SignedState {
  const state = parseState(readText(file));
  if (state === null) throw new Error(`${file}: origin, size, root`);
  return state;
}
