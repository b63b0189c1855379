import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import openapiTS, { astToString, COMMENT_HEADER } from 'openapi-typescript';

const root = join(import.meta.dirname, '../..');

describe('apps/console/api/schema.ts', () => {
  it('is what the contract says; otherwise run: node node_modules/openapi-typescript/bin/cli.js libs/contract/openapi.json -o apps/console/api/schema.ts', async () => {
    const contract = JSON.parse(readFileSync(join(root, 'libs/contract/openapi.json'), 'utf8'));
    const made = `${COMMENT_HEADER}${astToString(await openapiTS(contract))}`;
    expect(readFileSync(join(root, 'apps/console/api/schema.ts'), 'utf8')).toBe(made);
  });
});
