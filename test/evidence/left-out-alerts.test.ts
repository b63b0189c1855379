import { createHash } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { alertsBlocks } from '#evidence/report/alert-blocks.js';
import type { Shown } from '#evidence/report/shown.js';

const MOST = 250;

/** So many alerts of whose findings nothing is known. */
function shownWith(count: number): Shown {
  const alerts = Array.from({ length: count }, (_, at) => `a${at}`);
  const chains = new Map(
    alerts.map((id, leafIndex) => [`alert:${id}`, [{ leafIndex, record: { fields: {} } }]]),
  );
  return { gathered: { scope: { alerts }, chains }, findings: new Map() } as unknown as Shown;
}

describe('alerts that a report does not tell one by one', () => {
  it('are counted and listed with the file of their chain', () => {
    const blocks = alertsBlocks(shownWith(MOST + 3));
    const said = blocks.flatMap((block) => (block.kind === 'paragraph' ? [block.text] : []));
    expect(said[0]).toContain('另有 3 条未列出');
    expect(said[1]).toContain(`有 ${MOST} 条预警`);
    const items = blocks.flatMap((block) => (block.kind === 'list' ? block.items : []));
    expect(items).toHaveLength(MOST + 3);
    const name = createHash('sha256').update('alert:a252').digest('hex');
    expect(items.at(-1)).toBe(`a252 → data/entity/${name}.json`);
  });

  it('are not spoken of where there are none', () => {
    expect(alertsBlocks(shownWith(0)).map(({ kind }) => kind)).toEqual(['heading', 'paragraph']);
  });
});
