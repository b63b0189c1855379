import { canonicalJson, type JsonValue } from '#core/audit/canonical-json.js';
import { Report, type Verification } from '#evidence/verify/outcome.js';
import { parsePolicy, type TrustedKeys } from '#evidence/verify/policy.js';
import { nodeMachinery } from '#evidence/verify/shell/node-machinery.js';
import { verifyBundle } from '#evidence/verify/verify-bundle.js';
import type { CityBundle } from './city-bundle.js';
import { type Files, policyOf, seal } from './make-bundle.js';

/** An exporter who holds the export key and hands over something else than the bundle. */
export class Forge {
  readonly keys: TrustedKeys;

  constructor(private readonly city: Pick<CityBundle, 'run' | 'files'>) {
    this.keys = parsePolicy(policyOf(city.run.log));
  }

  verify(files: Files, trusted: TrustedKeys | null = this.keys): Verification {
    return verifyBundle({ files, report: new Report() }, trusted, nodeMachinery);
  }

  /** What the verifier says of the bundle with files changed, all manifests and the signature made anew. */
  forged(change: (files: Files) => void): Verification {
    const files = new Map(this.city.files);
    change(files);
    return this.verify(seal(files));
  }
}

/** Changes a JSON file. */
export function edit<T>(files: Files, path: string, change: (value: T) => T | undefined): void {
  const value = JSON.parse(Buffer.from(files.get(path) ?? []).toString()) as T;
  const changed = change(value) ?? value;
  files.set(path, Buffer.from(`${canonicalJson(changed as JsonValue)}\n`));
}

export const failures = ({ outcomes }: Verification) =>
  outcomes.filter(({ code }) => code !== 0).map(({ code, key, place }) => ({ code, key, place }));
