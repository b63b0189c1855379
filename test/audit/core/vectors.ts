import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, it } from '@jest/globals';

/** Published vectors; kept outside the project, read by path. `MINGCHA_VECTORS` names their folder. */
const FOLDER =
  process.env.MINGCHA_VECTORS ?? resolve(import.meta.dirname, '../../../../shared/vectors');

/** Describes tests over vectors; without them these are skipped with a warning, and fail where CI=true. */
export function describeVectors(name: string, part: string, define: (path: string) => void): void {
  describe(name, () => {
    const path = resolve(FOLDER, part);
    if (existsSync(path)) {
      define(path);
      return;
    }
    it('finds the vectors where CI=true', () => {
      if (process.env.CI === 'true')
        throw new Error(`No vectors at ${path}; set MINGCHA_VECTORS to their folder.`);
      console.warn(`SKIPPED: there are no vectors at ${path}; set MINGCHA_VECTORS to run them.`);
    });
  });
}

export function readJson<Form>(path: string): Form {
  return JSON.parse(readFileSync(path, 'utf8')) as Form;
}

export const fromHex = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'hex'));
export const toHex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
export const fromBase64 = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'base64'));
