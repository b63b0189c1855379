import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import type { Block, Paper } from './document.js';
import { paperHtml } from './html.js';
import { paperPdf } from './pdf.js';

const paper = (blocks: readonly Block[], number = 'MZ-2026-0001'): Paper => ({
  title: '电子数据证据报告',
  marking: '工作秘密',
  number,
  blocks,
});

const table = (rows: readonly (readonly string[])[]): Block => ({
  kind: 'table',
  columns: [
    { title: '事件', share: 1 },
    { title: '内容', share: 3 },
  ],
  rows,
  empty: '无',
});

describe('a paper as HTML', () => {
  it('runs nothing and fetches nothing, whatever the values hold', () => {
    const html = paperHtml(
      paper(
        [table([['<script>alert(1)</script>', '"&\'']])],
        'x"; } body { background: url(https://a.example/) } "</style><img src=x>',
      ),
    );
    expect(html).not.toMatch(/<script|<img|<link|@import/);
    expect(html).toContain('&lt;script&gt;alert(1)&lt;/script&gt;');
    expect(html).toContain(`default-src 'none'`);
    // The one place where a value stands within a style: as a string of CSS that it cannot end.
    const style = /<style>(.*?)<\/style>/s.exec(html)?.[1] ?? '';
    expect(style).not.toMatch(/"; \}|url\(https:\/\/a\.example\/\) \} "/);
    expect(style).toContain('工作秘密');
  });

  it('says so where a table has no rows', () => {
    expect(paperHtml(paper([table([])]))).toContain('<td colspan="2">无</td>');
  });
});

describe('a paper as PDF', () => {
  const pages = (pdf: Buffer) => pdf.toString('latin1').match(/\/Type \/Page\b(?!s)/g)?.length;

  it('has the same bytes when it is drawn again, with its font inside', async () => {
    const blocks: Block[] = [
      { kind: 'heading', level: 2, text: '一、导出依据' },
      { kind: 'paragraph', text: '该办件到期未完成。' },
      { kind: 'facts', rows: [['案由', '涉嫌不作为']] },
      { kind: 'notice', text: '线索,不是结论。' },
      { kind: 'list', items: ['甲', '乙'] },
      { kind: 'blanks', rows: [['签名', 2]] },
      { kind: 'page' },
      table([['a', 'b']]),
    ];
    const [one, other] = [
      await paperPdf(paper(blocks), new Date(0)),
      await paperPdf(paper(blocks), new Date(0)),
    ];
    expect(Buffer.compare(one, other)).toBe(0);
    const text = one.toString('latin1');
    expect(text).toContain('NotoSansHans-Regular');
    expect(text).toContain('/FontFile3');
    expect(pages(one)).toBe(2);
  });

  it('cuts a cell that is longer than a page, and draws all of it', async () => {
    const short = await paperPdf(paper([table([['x', '办']])]), new Date(0));
    const long = await paperPdf(paper([table([['x', '办件'.repeat(6_000)]])]), new Date(0));
    expect(pages(short)).toBe(1);
    // 12,000 characters of 8.5 points, some forty to a line and sixty lines to a page.
    expect(pages(long)).toBeGreaterThanOrEqual(4);
    expect(pages(long)).toBeLessThan(12);
  });

  it('takes characters that no font has', async () => {
    const pdf = await paperPdf(
      paper([{ kind: 'paragraph', text: '𠮷\u0007\u{10ffff}' }]),
      new Date(0),
    );
    expect(pages(pdf)).toBe(1);
  });
});

describe('the language files of evidence', () => {
  it('have the same keys with the same parameters', () => {
    const read = (language: string) =>
      JSON.parse(
        readFileSync(join(import.meta.dirname, '..', 'locale', `${language}.json`), 'utf8'),
      ) as Record<string, string>;
    const [zh, en] = [read('zh'), read('en')];
    const params = (text: string | undefined) => (text?.match(/\{\w+\}/g) ?? []).sort();
    expect(Object.keys(zh).sort()).toEqual(Object.keys(en).sort());
    for (const key of Object.keys(zh))
      expect([key, params(zh[key])]).toEqual([key, params(en[key])]);
  });
});
