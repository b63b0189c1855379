import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const CARRIED = join(import.meta.dirname, '..', 'carried');

/** The offline verifier as every bundle carries it: programs, usage sheet, expected output. In the build, `verify.mjs` is one of them. */
export function verifierFiles(): { readonly path: string; readonly bytes: Uint8Array }[] {
  return readdirSync(CARRIED)
    .sort()
    .map((path) => ({ path, bytes: readFileSync(join(CARRIED, path)) }));
}
