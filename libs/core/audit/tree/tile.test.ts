import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { decodeEntries, EntryBundleError, encodeEntries } from './entry-bundle.js';
import { entriesPath, parseEntriesPath, parseTilePath, tilePath, tilesOf } from './tile.js';

describe('paths of tiles (C2SP tlog-tiles)', () => {
  it.each([
    [{ level: 0, index: 1_234_067, width: 256 }, 'tile/0/x001/x234/067'],
    [{ level: 0, index: 1_234_067, width: 8 }, 'tile/0/x001/x234/067.p/8'],
    [{ level: 0, index: 273, width: 112 }, 'tile/0/273.p/112'],
    [{ level: 1, index: 0, width: 256 }, 'tile/1/000'],
    [{ level: 2, index: 1000, width: 1 }, 'tile/2/x001/000.p/1'],
  ])('%j is %s', (at, path) => {
    expect(tilePath(at)).toBe(path);
    expect(parseTilePath(path)).toEqual(at);
  });

  it('of entries stand beside them', () => {
    expect(entriesPath(1_234_067, 256)).toBe('tile/entries/x001/x234/067');
    expect(parseEntriesPath('tile/entries/273.p/112')).toEqual({ index: 273, width: 112 });
    expect(parseTilePath('tile/entries/273')).toBeNull();
    expect(parseEntriesPath('tile/0/273')).toBeNull();
  });

  it('are read as they are written, for every size of tree', () => {
    fc.assert(
      fc.property(fc.maxSafeInteger().map(Math.abs), (size) => {
        for (const at of tilesOf(size)) expect(parseTilePath(tilePath(at))).toEqual(at);
      }),
    );
  });

  it.each([
    'tile/0/67',
    'tile/0/0067',
    'tile/0/x000/067',
    'tile/0/x001/x234/x067',
    'tile/0/001/067',
    'tile/00/067',
    'tile/7/000',
    'tile/-1/000',
    'tile/0/067.p/0',
    'tile/0/067.p/08',
    'tile/0/067.p/256',
    'tile/0/067.p/',
    'tile/6/031',
    'tile/0/x999/x999/x999/x999/x999/999',
    '/tile/0/067',
    'tile/0/067/',
    'tile/0/067\n',
    'tile/0/../067',
    `tile/0/${'x000/'.repeat(2000)}067`,
  ])('%p is none', (path) => {
    expect(parseTilePath(path)).toBeNull();
  });

  it('are refused for tiles that no tree has', () => {
    for (const at of [
      { level: 0, index: -1, width: 1 },
      { level: 0, index: 0, width: 0 },
      { level: 0, index: 0, width: 257 },
      { level: 0.5, index: 0, width: 1 },
      { level: 6, index: 0, width: 32 },
    ])
      expect(() => tilePath(at)).toThrow(RangeError);
    expect(() => entriesPath(2 ** 53, 1)).toThrow(RangeError);
  });
});

describe('entry bundles', () => {
  const leaf = (length: number): Uint8Array => new Uint8Array(length).fill(7);

  it('write the length of each entry in two bytes, the higher first', () => {
    const bytes = encodeEntries([Uint8Array.of(1, 2, 3), new Uint8Array(0), leaf(258)]);
    expect([...bytes.subarray(0, 9)]).toEqual([0, 3, 1, 2, 3, 0, 0, 1, 2]);
    expect(bytes).toHaveLength(2 + 3 + 2 + 2 + 258);
  });

  it('are read as they are written', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 256 }), (leaves) => {
        expect(decodeEntries(encodeEntries(leaves)).map((bytes) => [...bytes])).toEqual(
          leaves.map((bytes) => [...bytes]),
        );
      }),
      { numRuns: 30 },
    );
    expect(decodeEntries(encodeEntries([leaf(65_535)]))).toEqual([leaf(65_535)]);
  });

  it('of more or longer entries than fit are refused', () => {
    expect(() => encodeEntries([leaf(1), leaf(65_536)])).toThrow(/entry 1 has 65536 bytes/);
    expect(() => encodeEntries(Array.from({ length: 257 }, () => leaf(0)))).toThrow(
      EntryBundleError,
    );
  });

  it.each([[[0]], [[0, 1]], [[0, 1, 9, 0]], [[0, 1, 9, 0, 2, 9]]])('%j is cut off', (bytes) => {
    expect(() => decodeEntries(Uint8Array.from(bytes))).toThrow(EntryBundleError);
  });

  it('of more than 256 entries are refused', () => {
    expect(() => decodeEntries(new Uint8Array(2 * 257))).toThrow(/follow on entry 255/);
  });
});
