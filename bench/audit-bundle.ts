import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { verifyPaths } from '#evidence/verify/shell/verify-paths.js';
import { cityBundle } from '#test/evidence/verify/city-bundle.js';
import { policyOf, zipOf } from '#test/evidence/verify/make-bundle.js';
import { type Measure, measureOf } from './measure.js';

/** Cases of the city: about five records each in its first days. */
const CASES = 2_200;
const RECORDS = 10_000;
const BOUND_S = 2;

/** Verifies a bundle offline, from the zip to the verdict, re-evaluation of all its findings included. */
export function benchBundle(runs: number): Measure[] {
  const folder = mkdtempSync(join(tmpdir(), 'mingcha-bench-bundle-'));
  try {
    const { run, files } = cityBundle({ seed: 1, cases: CASES, about: CASES });
    const bundle = join(folder, 'bundle.zip');
    const keys = join(folder, 'keys.txt');
    writeFileSync(bundle, zipOf(files));
    writeFileSync(keys, policyOf(run.log));
    const records = [...files.keys()].filter((name) => name.startsWith('data/records/')).length;
    const seconds = Array.from({ length: runs }, () => {
      const startedAt = performance.now();
      const { exit, text } = verifyPaths({
        bundle,
        keys,
        match: null,
        language: 'en',
        json: false,
      });
      if (exit !== 0) throw new Error(`the bundle does not verify (${exit}): ${text}`);
      return (performance.now() - startedAt) / 1_000;
    });
    return [
      measureOf({
        name: 'audit.bundle',
        unit: 's',
        runs: seconds.map((value) => ({ value: (value / records) * RECORDS })),
        bound: BOUND_S,
        what: `a bundle of ${records} records of ${CASES} cases verified offline, re-evaluation included, counted for ${RECORDS}; limit: what is demanded`,
      }),
    ];
  } finally {
    rmSync(folder, { recursive: true });
  }
}
