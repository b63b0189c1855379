import type { Block, Paper } from './document.js';

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

const escaped = (text: string): string => text.replace(/[&<>"']/g, (one) => ESCAPES[one] ?? one);

/** Everything is in the file: no script, no address, the fonts of the reader's own machine. */
const STYLE = `
:root { color-scheme: light; }
body { margin: 0 auto; padding: 24px; max-width: 1080px; background: #fff; color: #1b1f24;
  font: 15px/1.7 "Noto Sans SC", "Source Han Sans SC", "Microsoft YaHei", "PingFang SC", "WenQuanYi Zen Hei", sans-serif; }
header { display: flex; justify-content: space-between; gap: 24px; border-bottom: 2px solid #1b1f24; padding-bottom: 6px; font-size: 13px; }
header .marking { color: #a4161a; font-weight: 700; letter-spacing: .2em; }
h1 { font-size: 26px; text-align: center; margin: 28px 0 18px; }
h2 { font-size: 19px; margin: 30px 0 10px; border-left: 5px solid #1b4f72; padding-left: 10px; }
h3 { font-size: 16px; margin: 22px 0 8px; }
p { margin: 8px 0; }
p.small { font-size: 13px; color: #4a5361; }
p.notice { border: 1px solid #a4161a; background: #fdf3f3; padding: 8px 12px; }
table { border-collapse: collapse; width: calc(100% - 1px); margin: 10px 0 16px; table-layout: fixed; font-size: 13px; }
th, td { border: 1px solid #9aa5b1; padding: 4px 7px; text-align: left; vertical-align: top; overflow-wrap: anywhere; white-space: pre-line; }
th { background: #eef2f6; font-weight: 600; }
td.code { font-family: "DejaVu Sans Mono", Consolas, monospace; font-size: 11.5px; }
table.facts th { width: 11em; }
table.blanks td { height: var(--room); }
table.blanks th { width: 13em; }
ul { margin: 8px 0; padding-left: 1.6em; }
thead { display: table-header-group; }
tr { break-inside: avoid; }
h1, h2, h3 { break-after: avoid; }
.page { break-before: page; }
@media print { header { display: none; } body { padding: 0; max-width: none; font-size: 10.5pt; } table { font-size: 9pt; } }
`;

/** Number, marking and page number on every printed page; texts as CSS strings. */
function pageStyle({ title, marking, number }: Paper): string {
  const quoted = (text: string) =>
    `"${text.replace(/["\\<>&\n]/g, (one) => `\\${one.charCodeAt(0).toString(16)} `)}"`;
  return `@page { size: A4; margin: 20mm 18mm;
  @top-left { content: ${quoted(`${number} ${title}`.trim())}; font-size: 8pt; color: #68727e; }
  @top-right { content: ${quoted(marking)}; font-size: 10pt; font-weight: 700; color: #a4161a; }
  @bottom-center { content: "第 " counter(page) " 页  共 " counter(pages) " 页"; font-size: 8pt; color: #68727e; } }`;
}

function cells(row: readonly string[], codes: readonly boolean[]): string {
  return row
    .map(
      (cell, index) => `<td${codes[index] === true ? ' class="code"' : ''}>${escaped(cell)}</td>`,
    )
    .join('');
}

function table(block: Extract<Block, { kind: 'table' }>): string {
  const total = block.columns.reduce((sum, { share }) => sum + share, 0);
  const columns = block.columns
    .map(({ share }) => `<col style="width:${((share / total) * 100).toFixed(2)}%">`)
    .join('');
  const heads = block.columns.map(({ title }) => `<th scope="col">${escaped(title)}</th>`).join('');
  const codes = block.columns.map(({ isCode }) => isCode === true);
  const rows =
    block.rows.length === 0
      ? `<tr><td colspan="${block.columns.length}">${escaped(block.empty)}</td></tr>`
      : block.rows.map((row) => `<tr>${cells(row, codes)}</tr>`).join('\n');
  return `<table><colgroup>${columns}</colgroup><thead><tr>${heads}</tr></thead><tbody>\n${rows}\n</tbody></table>`;
}

function blockHtml(block: Block): string {
  switch (block.kind) {
    case 'heading':
      return `<h${block.level}>${escaped(block.text)}</h${block.level}>`;
    case 'paragraph':
      return `<p${block.isSmall === true ? ' class="small"' : ''}>${escaped(block.text)}</p>`;
    case 'notice':
      return `<p class="notice">${escaped(block.text)}</p>`;
    case 'facts':
      return `<table class="facts"><tbody>${block.rows
        .map(
          ([label, value]) =>
            `<tr><th scope="row">${escaped(label)}</th><td>${escaped(value)}</td></tr>`,
        )
        .join('\n')}</tbody></table>`;
    case 'table':
      return table(block);
    case 'list':
      return `<ul>${block.items.map((item) => `<li>${escaped(item)}</li>`).join('')}</ul>`;
    case 'blanks':
      return `<table class="blanks"><tbody>${block.rows
        .map(
          ([label, lines]) =>
            `<tr style="--room:${lines * 2.2}em"><th scope="row">${escaped(label)}</th><td></td></tr>`,
        )
        .join('\n')}</tbody></table>`;
    case 'page':
      return '<div class="page"></div>';
  }
}

/** A paper as one HTML file that needs nothing else: no script runs, and nothing is fetched. */
export function paperHtml(paper: Paper): string {
  const { title, marking, number, blocks } = paper;
  return `<!doctype html>
<html lang="zh-CN">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(`${title} ${number}`)}</title>
<style>${pageStyle(paper)}${STYLE}</style>
</head>
<body>
<header><span>${escaped(number)}</span><span class="marking">${escaped(marking)}</span></header>
<main>
<h1>${escaped(title)}</h1>
${blocks.map(blockHtml).join('\n')}
</main>
</body>
</html>
`;
}
