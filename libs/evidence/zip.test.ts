import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { itWith } from '#test/env/needed-program.js';
import { isBundlePath, readZip, writeZip, type ZipFile } from './zip.js';

const text = new TextEncoder();

const FILES: readonly ZipFile[] = [
  { path: 'data/records/7.json', bytes: text.encode('{"id":"七"}') },
  { path: 'bagit.txt', bytes: text.encode('BagIt-Version: 1.0\n') },
  { path: 'data/empty.txt', bytes: new Uint8Array() },
];

describe('writeZip', () => {
  itWith('python3')('writes what an independent reader reads: Python zipfile', () => {
    const folder = mkdtempSync(join(tmpdir(), 'zip-'));
    try {
      const path = join(folder, 'a.zip');
      writeFileSync(path, writeZip(FILES));
      const script =
        'import zipfile,sys,json;z=zipfile.ZipFile(sys.argv[1]);assert z.testzip() is None;' +
        'print(json.dumps([[i.filename,i.compress_type,list(i.date_time),z.read(i).hex()] for i in z.infolist()]))';
      const found = JSON.parse(execFileSync('python3', ['-c', script, path], { encoding: 'utf8' }));
      const hex = (index: number) => Buffer.from(FILES[index]?.bytes ?? []).toString('hex');
      const day = [1980, 1, 1, 0, 0, 0];
      expect(found).toEqual([
        ['bagit.txt', 0, day, hex(1)],
        ['data/empty.txt', 0, day, ''],
        ['data/records/7.json', 0, day, hex(0)],
      ]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('gives the same bytes whatever the order', () => {
    expect(writeZip([...FILES].reverse())).toEqual(writeZip(FILES));
  });

  it.each([
    ['../a'],
    ['/a'],
    ['a//b'],
    ['a/./b'],
    ['.hidden'],
    ['a b'],
    ['a\nb'],
    ['a\\b'],
    ['-/'],
    ['七'],
    [''],
  ])('refuses the path %p', (path) => {
    expect(isBundlePath(path)).toBe(false);
    expect(() => writeZip([{ path, bytes: new Uint8Array() }])).toThrow(RangeError);
  });

  it('refuses a path given twice', () => {
    expect(() => writeZip([...FILES, ...FILES.slice(0, 1)])).toThrow(/twice/);
  });
});

describe('readZip', () => {
  it('reads back the files', () => {
    const { files, faults } = readZip(writeZip(FILES));
    expect(faults).toEqual([]);
    expect(new Map([...(files ?? [])].map(([path, bytes]) => [path, [...bytes]]))).toEqual(
      new Map(FILES.map(({ path, bytes }) => [path, [...bytes]])),
    );
  });

  it('knows every single changed byte, and names the entry for all but the end record', () => {
    const zip = writeZip(FILES);
    let named = 0;
    for (let at = 0; at < zip.length; at += 1)
      for (const change of [0x01, 0x80]) {
        const damaged = Buffer.from(zip);
        damaged[at] = (damaged[at] ?? 0) ^ change;
        const { faults } = readZip(damaged);
        expect(faults.length).toBeGreaterThan(0);
        if (faults.some(({ path }) => path !== null)) named += 1;
      }
    expect(named).toBeGreaterThan((zip.length - 22) * 2 * 0.9);
  });

  it('knows each truncation and each byte added behind', () => {
    const zip = writeZip(FILES);
    for (let length = 0; length < zip.length; length += 1)
      expect(readZip(zip.subarray(0, length)).faults.length).toBeGreaterThan(0);
    expect(readZip(Buffer.concat([zip, Buffer.from([0])])).faults.length).toBeGreaterThan(0);
    expect(readZip(Buffer.concat([Buffer.from([0]), zip])).faults.length).toBeGreaterThan(0);
  });

  it('refuses compressed entries: nothing can grow when it is unpacked', () => {
    const zip = Buffer.from(writeZip(FILES.slice(1, 2)));
    const directory = zip.readUInt32LE(zip.length - 6);
    zip.writeUInt16LE(8, 8);
    zip.writeUInt16LE(8, directory + 10);
    expect(readZip(zip)).toMatchObject({
      files: null,
      faults: [{ reason: 'method', path: 'bagit.txt' }],
    });
  });

  it('refuses a path that leaves the folder, and a path that comes twice', () => {
    const rename = (zip: Uint8Array, from: string, to: string): Uint8Array =>
      Buffer.from(Buffer.from(zip).toString('latin1').replaceAll(from, to), 'latin1');
    const one = writeZip([{ path: 'aa/b.txt', bytes: new Uint8Array([1]) }]);
    expect(readZip(rename(one, 'aa/b.txt', '../b.txt')).faults).toMatchObject([
      { reason: 'path', path: '../b.txt' },
    ]);
    const two = writeZip([
      { path: 'a.txt', bytes: new Uint8Array([1]) },
      { path: 'b.txt', bytes: new Uint8Array([2]) },
    ]);
    expect(readZip(rename(two, 'b.txt', 'a.txt')).faults).toMatchObject([
      { reason: 'twice', path: 'a.txt' },
    ]);
  });
});
