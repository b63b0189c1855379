import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Where the build puts the verifiers: beside this file in dist/, and there too for tests that run from the sources. */
const PLACES = [
  join(import.meta.dirname, 'carried'),
  join(import.meta.dirname, '..', '..', 'dist', 'libs', 'evidence', 'carried'),
];

export interface VerifierFile {
  /** Its path below `data/verify/`. */
  readonly path: string;
  readonly bytes: Uint8Array;
}

/**
 * The verifiers that a bundle carries: verify.mjs, verify.sh, VERIFY.md and expected-output.txt, sorted by name; the same bytes
 * for one build. Throws where the build has not made verify.mjs.
 */
export function verifierFiles(): VerifierFile[] {
  const place = PLACES.find((folder) => existsSync(join(folder, 'verify.mjs')));
  if (place === undefined)
    throw new Error(`${PLACES[0]}: verify.mjs is missing; build first (npm run build).`);
  return readdirSync(place)
    .filter((name) => /^[A-Za-z][A-Za-z.-]*\.(mjs|sh|md|txt)$/.test(name))
    .sort()
    .map((path) => ({ path, bytes: readFileSync(join(place, path)) }));
}
