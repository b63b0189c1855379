import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { canonicalJson } from '#core/audit/canonical-json.js';

/** Published vectors of RFC 8785 (cyberphone/json-canonicalization); kept outside the project, read by path. */
const folder =
  process.env.MINGCHA_VECTORS ?? resolve(import.meta.dirname, '../../../shared/vectors');
const input = resolve(folder, 'jcs/input');
const present = existsSync(input);

describe('canonical JSON against the published vectors', () => {
  if (!present) {
    it('finds the vectors where CI=true', () => {
      if (process.env.CI === 'true')
        throw new Error(`No vectors under ${folder}; set MINGCHA_VECTORS.`);
      console.warn(
        `SKIPPED: the RFC 8785 vectors are not under ${folder}; set MINGCHA_VECTORS to run them.`,
      );
    });
    return;
  }
  it.each(readdirSync(input))('%s', (name) => {
    const value = JSON.parse(readFileSync(resolve(input, name), 'utf8'));
    expect(canonicalJson(value)).toBe(
      readFileSync(resolve(folder, 'jcs/output', name), 'utf8').trimEnd(),
    );
  });
});
