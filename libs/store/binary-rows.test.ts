import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { BinaryRows, type ColumnKind, type ColumnValue } from './binary-rows.js';

type Field = Buffer | null;

/** Reads COPY … (FORMAT binary) by the manual: header, rows of counted fields with their lengths, trailer. */
function rowsOf(bytes: Buffer): Field[][] {
  expect(bytes.subarray(0, 11).toString('latin1')).toBe('PGCOPY\n\xff\r\n\0');
  let at = 19 + bytes.readInt32BE(15);
  const rows: Field[][] = [];
  for (let columns = bytes.readInt16BE(at); columns !== -1; columns = bytes.readInt16BE(at)) {
    at += 2;
    const row: Field[] = [];
    for (let column = 0; column < columns; column += 1) {
      const length = bytes.readInt32BE(at);
      at += 4;
      row.push(length === -1 ? null : bytes.subarray(at, at + length));
      at += Math.max(0, length);
    }
    rows.push(row);
  }
  expect(at + 2).toBe(bytes.length);
  return rows;
}

/** text[] by the manual's array_recv: dimensions, nulls, type, then length and lower bound, then counted elements. */
function listOf(bytes: Buffer): string[] {
  const dimensions = bytes.readInt32BE(0);
  expect(bytes.readInt32BE(8)).toBe(25);
  if (dimensions === 0) return [];
  const values: string[] = [];
  let at = 20;
  for (let left = bytes.readInt32BE(12); left > 0; left -= 1) {
    const length = bytes.readInt32BE(at);
    values.push(bytes.toString('utf8', at + 4, at + 4 + length));
    at += 4 + length;
  }
  expect(at).toBe(bytes.length);
  return values;
}

function kindOf(value: ColumnValue): ColumnKind {
  if (value instanceof Uint8Array) return 'bytea';
  if (Array.isArray(value)) return 'text[]';
  return typeof value === 'number' ? 'int8' : 'text';
}

function encoded(rows: readonly (readonly ColumnValue[])[]): Buffer {
  const encoder = new BinaryRows();
  for (const row of rows) {
    encoder.startRow(row.length);
    for (const value of row) encoder.value(kindOf(value), value);
  }
  const bytes = Buffer.concat(encoder.finish());
  encoder.release();
  return bytes;
}

describe('BinaryRows', () => {
  it('keeps every field whole wherever a room ends', () => {
    const word = fc.string({ unit: 'grapheme', maxLength: 60 });
    const row = fc.tuple(word, fc.array(word, { maxLength: 4 }), fc.option(fc.maxSafeInteger()));
    fc.assert(
      fc.property(fc.array(row, { minLength: 1, maxLength: 6 }), fc.nat(900), (rows, padding) => {
        // Enough rows for two rooms, of a length that lets the boundary fall anywhere.
        const filler = 'x'.repeat(300 + padding);
        const many = Array.from({ length: 1200 }, (_, index) => [
          filler,
          ...(rows[index % rows.length] as (typeof rows)[number]),
        ]);
        const read = rowsOf(encoded(many));
        expect(read.length).toBe(many.length);
        many.forEach(([, text, list, number], index) => {
          const [, gotText, gotList, gotNumber] = read[index] as Field[];
          expect(gotText?.toString('utf8')).toBe(text);
          expect(listOf(gotList as Buffer)).toEqual(list);
          expect(gotNumber === null ? null : Number(gotNumber?.readBigInt64BE())).toBe(number);
        });
      }),
      { numRuns: 20 },
    );
  });

  it('keeps a list whole where hardly any room is left', () => {
    for (let left = 20; left < 120; left += 1) {
      const filler = new Uint8Array(256 * 1024 - left);
      const rows = rowsOf(
        encoded([
          [filler, ['ab', 'cdef']],
          [['g'], 'h'],
        ]),
      );
      expect(listOf(rows[0]?.[1] as Buffer)).toEqual(['ab', 'cdef']);
      expect(listOf(rows[1]?.[0] as Buffer)).toEqual(['g']);
    }
  });
});
