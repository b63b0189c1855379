import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { openApiText } from '../../apps/api/openapi/write-openapi.js';

describe('libs/contract/openapi.json', () => {
  it('is what the API says of itself; otherwise run: npm run build && node dist/apps/api/openapi/write-openapi.js', async () => {
    const kept = readFileSync(
      join(import.meta.dirname, '../../libs/contract/openapi.json'),
      'utf8',
    );
    expect(JSON.parse(await openApiText())).toEqual(JSON.parse(kept));
  });
});
