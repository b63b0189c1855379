import type { CheckpointPolicy } from '#core/audit/note/checkpoint.js';
import { type NoteKey, parseVerifierKey } from '#core/audit/note/note-key.js';

/** Whom a verifier trusts; it comes from another route than the bundle. */
export interface TrustedKeys extends CheckpointPolicy {
  /** Keys that sign exports. */
  readonly exportKeys: readonly NoteKey[];
}

/** A line of a policy that says nothing that can be used. */
export class PolicyError extends Error {
  constructor(
    readonly line: number,
    readonly reason: string,
  ) {
    super(`line ${line}: ${reason}`);
    this.name = 'PolicyError';
  }
}

/** Note keys of these types sign texts (1) or are cosignatures of witnesses (4). */
const SIGNS = 1;
const COSIGNS = 4;

/**
 * Reads a policy: one line each of `origin TEXT` (default: name of the first log key), `log VKEY`, `witness VKEY`,
 * `quorum N` (default: all witnesses), `export VKEY`; empty lines and `#` comments are left out.
 * @param needs `log`: there may be no export key; for a log or a database
 * @throws PolicyError
 */
export function parsePolicy(text: string, needs: 'export' | 'log' = 'export'): TrustedKeys {
  const keys = { log: [] as NoteKey[], witness: [] as NoteKey[], export: [] as NoteKey[] };
  let origin: string | null = null;
  let quorum: number | null = null;
  for (const [at, line] of text
    .replace(/^\ufeff/, '')
    .split(/\r?\n/)
    .entries()) {
    const [, word, value = ''] = /^\s*([a-z]+)\s+(.*?)\s*$/.exec(line) ?? [];
    if (/^\s*(#|$)/.test(line)) continue;
    const wrong = (reason: string) => new PolicyError(at + 1, reason);
    if (word === 'origin') origin = value;
    else if (word === 'quorum') {
      if (!/^\d{1,4}$/.test(value)) throw wrong(`'${value}' is no number of witnesses`);
      quorum = Number(value);
    } else if (word === 'log' || word === 'witness' || word === 'export') {
      const key = keyOf(value, wrong);
      if (key.type !== (word === 'witness' ? COSIGNS : SIGNS))
        throw wrong(`${value} is no key of a ${word}`);
      keys[word].push(key);
    } else throw wrong(`'${word ?? line}' is none of origin, log, witness, quorum, export`);
  }
  const [first] = keys.log;
  if (first === undefined) throw new PolicyError(0, 'there is no log key');
  if (needs === 'export' && keys.export.length === 0)
    throw new PolicyError(0, 'there is no export key');
  if ((quorum ?? 0) > keys.witness.length)
    throw new PolicyError(0, `a quorum of ${quorum} needs as many witness keys`);
  return {
    origin: origin ?? first.name,
    logKeys: keys.log,
    witnesses: keys.witness,
    quorum: quorum ?? keys.witness.length,
    exportKeys: keys.export,
  };
}

function keyOf(value: string, wrong: (reason: string) => PolicyError): NoteKey {
  try {
    return parseVerifierKey(value);
  } catch (error) {
    throw wrong(error instanceof Error ? error.message : String(error));
  }
}
