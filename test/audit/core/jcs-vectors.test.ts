import { readdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, it } from '@jest/globals';
import { canonicalJson } from '#core/audit/canonical-json.js';
import { describeVectors, readJson, toHex } from './vectors.js';

// RFC 8785, from cyberphone/json-canonicalization.
describeVectors('canonical JSON against the published vectors', 'jcs', (folder) => {
  it.each(readdirSync(resolve(folder, 'input')))('%s', (name) => {
    const text = canonicalJson(readJson(resolve(folder, 'input', name)));
    expect(text).toBe(readFileSync(resolve(folder, 'output', name), 'utf8').trimEnd());
    const bytes = readFileSync(resolve(folder, 'outhex', name.replace('.json', '.txt')), 'utf8');
    expect(toHex(new TextEncoder().encode(text))).toBe(bytes.replaceAll(/\s/g, ''));
  });
});
