import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import PDFDocument from 'pdfkit';
import type { Block, Column, Paper } from './document.js';

// The package exports its entry only: the fonts lie beside the folder of that.
const FONTS = join(
  dirname(createRequire(import.meta.url).resolve('@embedpdf/fonts-sc')),
  '../fonts',
);
const REGULAR = join(FONTS, 'NotoSansHans-Regular.otf');
const BOLD = join(FONTS, 'NotoSansHans-Bold.otf');

/** A4 in points. */
const PAGE = { width: 595.28, height: 841.89 };
const MARGIN = { left: 54, right: 54, top: 72, bottom: 64 };
const WIDTH = PAGE.width - MARGIN.left - MARGIN.right;
const BOTTOM = PAGE.height - MARGIN.bottom;
const INK = '#1b1f24';
const GREY = '#8a94a0';
const RED = '#a4161a';
const CELL = { x: 4, y: 3 };
const GAP = { table: 8, paragraph: 4 };

type Doc = PDFKit.PDFDocument;

interface Glyphs {
  hasGlyphForCodePoint(code: number): boolean;
}

/**
 * Text that can be printed: a character that the font does not have stands as its number, so that nobody takes an empty
 * box for a name. Control characters but the line feed are shown likewise.
 */
function printable(text: string, glyphs: Glyphs): string {
  let shown = '';
  for (const character of text) {
    const code = character.codePointAt(0) as number;
    const isPlain = code === 10 || (code >= 32 && glyphs.hasGlyphForCodePoint(code));
    shown += isPlain ? character : `[U+${code.toString(16).toUpperCase().padStart(4, '0')}]`;
  }
  return shown;
}

/** Lays the blocks of a paper out on A4 pages. */
class Printer {
  private y = MARGIN.top;
  private readonly glyphs: Glyphs;

  constructor(private readonly doc: Doc) {
    doc.font('regular');
    this.glyphs = (doc as unknown as { _font: { font: Glyphs } })._font.font;
    doc.addPage();
  }

  private put(text: string, at: { x: number; y: number; width: number }, align = 'left'): void {
    this.doc.text(printable(text, this.glyphs), at.x, at.y, {
      width: at.width,
      align: align as 'left',
      lineGap: 2,
      // The whole of a text that was measured is on the page: nothing may go over to a page of its own.
      height: PAGE.height,
    });
  }

  private heightOf(text: string, width: number): number {
    return this.doc.heightOfString(printable(text === '' ? ' ' : text, this.glyphs), {
      width,
      lineGap: 2,
    });
  }

  private newPage(): void {
    this.doc.addPage();
    this.y = MARGIN.top;
  }

  private room(height: number): void {
    if (this.y + height > BOTTOM) this.newPage();
  }

  print(block: Block): void {
    if (block.kind === 'heading') this.heading(block.text, block.level);
    else if (block.kind === 'paragraph')
      this.paragraph(block.text, block.isSmall === true ? 9 : 10.5);
    else if (block.kind === 'notice') this.notice(block.text);
    else if (block.kind === 'facts') this.facts(block.rows);
    else if (block.kind === 'table') this.table(block.columns, block.rows, block.empty);
    else if (block.kind === 'list')
      for (const item of block.items) this.paragraph(`· ${item}`, 10.5);
    else if (block.kind === 'blanks') this.blanks(block.rows);
    else this.newPage();
  }

  private facts(rows: readonly (readonly [string, string])[]): void {
    const widths = [0.22 * WIDTH, 0.78 * WIDTH];
    this.rows(rows, { widths, heads: null, codes: [], labels: true });
  }

  title(text: string): void {
    this.doc.font('bold').fontSize(20).fillColor(INK);
    const height = this.heightOf(text, WIDTH);
    this.put(text, { x: MARGIN.left, y: this.y + 6, width: WIDTH }, 'center');
    this.y += height + 22;
  }

  private heading(text: string, level: 1 | 2 | 3): void {
    const size = [0, 17, 14, 11.5][level] as number;
    this.doc.font('bold').fontSize(size).fillColor(INK);
    const height = this.heightOf(text, WIDTH);
    // A heading never stands alone at the end of a page.
    this.room(height + 60);
    this.y += level === 2 ? 12 : 7;
    if (level === 2) this.doc.rect(MARGIN.left, this.y + 2, 4, height - 6).fill('#1b4f72');
    this.doc.fillColor(INK);
    const indent = level === 2 ? 10 : 0;
    this.put(text, { x: MARGIN.left + indent, y: this.y, width: WIDTH - indent });
    this.y += height + 4;
  }

  private paragraph(text: string, size: number): void {
    this.doc.font('regular').fontSize(size);
    for (const part of this.parts(text, WIDTH, BOTTOM - MARGIN.top)) {
      const height = this.heightOf(part, WIDTH);
      this.room(height);
      this.doc.fillColor(size < 10 ? '#4a5361' : INK);
      this.put(part, { x: MARGIN.left, y: this.y, width: WIDTH });
      this.y += height + GAP.paragraph;
    }
  }

  private notice(text: string): void {
    this.doc.font('regular').fontSize(10.5);
    const height = this.heightOf(text, WIDTH - 20) + 12;
    this.room(height + GAP.table);
    this.doc.lineWidth(0.8).rect(MARGIN.left, this.y, WIDTH, height).stroke(RED);
    this.doc.fillColor(INK);
    this.put(text, { x: MARGIN.left + 10, y: this.y + 6, width: WIDTH - 20 });
    this.y += height + GAP.table;
  }

  private table(
    columns: readonly Column[],
    rows: readonly (readonly string[])[],
    empty: string,
  ): void {
    if (rows.length === 0) {
      this.paragraph(empty, 9);
      return;
    }
    const total = columns.reduce((sum, { share }) => sum + share, 0);
    this.rows(rows, {
      widths: columns.map(({ share }) => (share / total) * WIDTH),
      heads: columns.map(({ title }) => title),
      codes: columns.map(({ isCode }) => isCode === true),
      labels: false,
    });
  }

  private rows(
    rows: readonly (readonly string[])[],
    form: {
      readonly widths: readonly number[];
      readonly heads: readonly string[] | null;
      readonly codes: readonly boolean[];
      readonly labels: boolean;
    },
  ): void {
    const style = (index: number, isHead: boolean) =>
      this.doc
        .font(isHead ? 'bold' : 'regular')
        .fontSize(form.codes[index] === true ? 7 : form.labels ? 10 : 8.5);
    const heightOfRow = (row: readonly string[], isHead: boolean) =>
      Math.max(
        ...row.map((cell, index) => {
          style(index, isHead || (form.labels && index === 0));
          return this.heightOf(cell, (form.widths[index] as number) - 2 * CELL.x);
        }),
      ) +
      2 * CELL.y;
    const draw = (row: readonly string[], height: number, isHead: boolean) => {
      let x = MARGIN.left;
      for (const [index, cell] of row.entries()) {
        const width = form.widths[index] as number;
        const isLabel = isHead || (form.labels && index === 0);
        if (isLabel) this.doc.rect(x, this.y, width, height).fill('#eef2f6');
        this.doc.lineWidth(0.5).rect(x, this.y, width, height).stroke('#9aa5b1');
        style(index, isLabel).fillColor(INK);
        this.put(cell, { x: x + CELL.x, y: this.y + CELL.y, width: width - 2 * CELL.x });
        x += width;
      }
      this.y += height;
    };
    const heads = form.heads;
    const headHeight = heads === null ? 0 : heightOfRow(heads, true);
    const start = () => {
      if (heads !== null) draw(heads, headHeight, true);
    };
    const fullRoom = BOTTOM - MARGIN.top - headHeight - 2 * CELL.y;
    let isFirst = true;
    for (const whole of rows)
      for (const row of this.cut(whole, form, style, fullRoom)) {
        const height = heightOfRow(row, false);
        if (this.y + height + (isFirst ? headHeight : 0) > BOTTOM) {
          this.newPage();
          start();
        } else if (isFirst) start();
        isFirst = false;
        draw(row, height, false);
      }
    this.y += GAP.table;
  }

  /** A row that is higher than a page, as several; any other as it is. */
  private cut(
    row: readonly string[],
    form: { readonly widths: readonly number[]; readonly labels: boolean },
    style: (index: number, isHead: boolean) => unknown,
    height: number,
  ): (readonly string[])[] {
    const parts = row.map((cell, index) => {
      style(index, form.labels && index === 0);
      return this.parts(cell, (form.widths[index] as number) - 2 * CELL.x, height);
    });
    const most = Math.max(...parts.map((one) => one.length));
    if (most <= 1) return [row];
    return Array.from({ length: most }, (_, at) => parts.map((one) => one[at] ?? ''));
  }

  /** A text in parts of at most this height. */
  private parts(text: string, width: number, height: number): string[] {
    if (text.length < 400 || this.heightOf(text, width) <= height) return [text];
    const middle = Math.floor(text.length / 2);
    const at = /[\uDC00-\uDFFF]/.test(text[middle] ?? '') ? middle + 1 : middle;
    return [
      ...this.parts(text.slice(0, at), width, height),
      ...this.parts(text.slice(at), width, height),
    ];
  }

  private blanks(rows: readonly (readonly [string, number])[]): void {
    for (const [label, lines] of rows) {
      const height = lines * 20 + 8;
      this.room(height);
      const head = 0.26 * WIDTH;
      this.doc.rect(MARGIN.left, this.y, head, height).fill('#eef2f6');
      this.doc.lineWidth(0.5).rect(MARGIN.left, this.y, head, height).stroke('#9aa5b1');
      this.doc.rect(MARGIN.left + head, this.y, WIDTH - head, height).stroke('#9aa5b1');
      this.doc.font('regular').fontSize(10).fillColor(INK);
      this.put(label, {
        x: MARGIN.left + CELL.x,
        y: this.y + CELL.y + 2,
        width: head - 2 * CELL.x,
      });
      this.y += height;
    }
    this.y += GAP.table;
  }
}

/** Head and foot of every page: number, marking, and which page of how many. */
function frame(doc: Doc, { title, marking, number }: Paper): void {
  const { count } = doc.bufferedPageRange();
  for (let index = 0; index < count; index += 1) {
    doc.switchToPage(index);
    // Text below the lower margin would begin a page of its own.
    doc.page.margins.bottom = 0;
    const line = (text: string, y: number, align: 'left' | 'right' | 'center') =>
      doc.text(text, MARGIN.left, y, { width: WIDTH, align, lineBreak: false });
    doc.font('regular').fontSize(9).fillColor(GREY);
    line(`${number}  ${title}`, 36, 'left');
    doc.font('bold').fontSize(11).fillColor(RED);
    line(marking, 34, 'right');
    doc
      .lineWidth(0.7)
      .moveTo(MARGIN.left, 54)
      .lineTo(PAGE.width - MARGIN.right, 54)
      .stroke(GREY);
    doc.font('regular').fontSize(9).fillColor(GREY);
    line(`第 ${index + 1} 页  共 ${count} 页`, PAGE.height - 44, 'center');
  }
}

/**
 * A paper as PDF on A4, with the glyphs that it needs of a font that may be passed on (SIL Open Font License). The same
 * paper gives the same bytes: `at`, the time that the file says of itself, is the caller's.
 */
export function paperPdf(paper: Paper, at: Date): Promise<Buffer> {
  const doc = new PDFDocument({
    size: 'A4',
    margins: MARGIN,
    bufferPages: true,
    autoFirstPage: false,
    lang: 'zh-CN',
    displayTitle: true,
    info: {
      Title: `${paper.title} ${paper.number}`,
      Subject: paper.marking,
      Creator: 'mingcha',
      Producer: 'mingcha',
      CreationDate: at,
      ModDate: at,
    },
  });
  const parts: Buffer[] = [];
  return new Promise((resolve, reject) => {
    doc.on('data', (part: Buffer) => parts.push(part));
    doc.on('end', () => resolve(Buffer.concat(parts)));
    doc.on('error', reject);
    doc.registerFont('regular', REGULAR);
    doc.registerFont('bold', BOLD);
    const printer = new Printer(doc);
    printer.title(paper.title);
    for (const block of paper.blocks) printer.print(block);
    frame(doc, paper);
    doc.end();
  });
}
