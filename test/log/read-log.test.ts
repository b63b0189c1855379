import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type AttributeValue, ColumnsSeen, type LogGroup } from '../../apps/cli/log/log-row.js';
import { DEFAULT_CSV, DEFAULT_LOG, type LogSettings } from '../../apps/cli/log/log-settings.js';
import { readLog } from '../../apps/cli/log/read-log.js';
import { LogFolder, zipOf } from './written-log.js';

let folder: LogFolder;
beforeAll(() => {
  folder = new LogFolder();
});
afterAll(() => folder.remove());

async function read(file: string, settings: Partial<LogSettings> = {}): Promise<LogGroup[]> {
  const groups: LogGroup[] = [];
  const request = {
    file,
    settings: { ...DEFAULT_LOG, ...settings },
    wanted: null,
    seen: new ColumnsSeen(null),
  };
  for await (const batch of readLog(request)) groups.push(...batch);
  return groups;
}

const rowsOf = (groups: readonly LogGroup[]): Record<string, AttributeValue>[] =>
  groups.flatMap((group) => group.rows.map((row) => Object.fromEntries(row.attributes)));

const XES = `<?xml version="1.0" encoding="UTF-8"?>
<log xes.version="1.0" xmlns="http://www.xes-standard.org/">
  <extension name="Time" prefix="time" uri="http://www.xes-standard.org/time.xesext"/>
  <global scope="event"><string key="concept:name" value="UNKNOWN"/></global>
  <classifier name="Activity" keys="concept:name"/>
  <int key="total" value="2"><string key="inner" value="not a case"/></int>
  <trace>
    <string key="concept:name" value="案件-1"/>
    <float key="amount" value="35.0"/>
    <event>
      <string key="concept:name" value="a &amp; b &lt;c&gt;"/>
      <date key="time:timestamp" value="2024-03-01T09:30:00.000+08:00"/>
      <int key="points" value="9007199254740993"/>
      <boolean key="done" value="true"/>
      <id key="ref" value="f81d4fae-7dec-11d0-a765-00a0c91e6bf6"/>
      <string key="outer" value="o"><string key="inner" value="i"/></string>
      <list key="tags"><values><string key="t" value="x"/><int key="t" value="2"/></values></list>
      <container key="box"><string key="label" value="L"/></container>
    </event>
    <event><string key="concept:name" value=""/></event>
  </trace>
  <trace><string key="concept:name" value="case-2"/></trace>
</log>`;

describe('XES', () => {
  it('reads every kind of attribute, nested ones by path, and skips what describes the log', async () => {
    const [first, second, ...others] = await read(folder.write('a.xes', XES));
    expect(others).toEqual([]);
    expect(first?.kind).toBe('trace');
    expect(first?.line).toBe(7);
    expect(Object.fromEntries(first?.attributes ?? [])).toEqual({
      'concept:name': '案件-1',
      amount: 35,
    });
    expect(first?.rows.map((row) => row.line)).toEqual([10, 20]);
    expect(Object.fromEntries(first?.rows[0]?.attributes ?? [])).toEqual({
      'concept:name': 'a & b <c>',
      'time:timestamp': '2024-03-01T09:30:00.000+08:00',
      points: 9007199254740993n,
      done: true,
      ref: 'f81d4fae-7dec-11d0-a765-00a0c91e6bf6',
      outer: 'o',
      'outer/inner': 'i',
      tags: ['x', 2n],
      'box/label': 'L',
    });
    expect(first?.rows[1]?.attributes.size).toBe(0);
    expect(second?.rows).toEqual([]);
  });

  it('takes trace attributes that stand after the events', async () => {
    const [trace] = await read(
      folder.write(
        'b.xes',
        '<log><trace><event><id key="e" value="1"/></event><string key="c" value="2"/></trace></log>',
      ),
    );
    expect(Object.fromEntries(trace?.attributes ?? [])).toEqual({ c: '2' });
  });

  it('reads events outside a trace as rows of their own', async () => {
    const groups = await read(
      folder.write('c.xes', '<log><event><string key="a" value="1"/></event></log>'),
    );
    expect(groups.map((group) => group.kind)).toEqual(['row']);
  });

  it.each([
    [
      'half.xes',
      '<log>\n<trace>\n<string key="a" value="1"/>',
      /half\.xes:3:\d+: not well-formed XML: unclosed tag/,
    ],
    [
      'page.xes',
      '<html></html>',
      /page\.xes:1:\d+: is not an XES log: its outermost element is <html>/,
    ],
    [
      'int.xes',
      '<log><trace>\n<int key="n" value="1.5"/></trace></log>',
      /int\.xes:2:\d+: 'n' is '1\.5', not a whole number/,
    ],
    [
      'key.xes',
      '<log><trace>\n<string value="x"/></trace></log>',
      /key\.xes:2:\d+: <string> has no key/,
    ],
    ['none.xes', '<log></log>', /none\.xes: holds no trace\. Export/],
    [
      'entity.xes',
      '<log><trace>\n<string key="a" value="&boom;"/></trace></log>',
      /entity\.xes:2:\d+: not well-formed/,
    ],
  ])('refuses %s with the place', async (name, content, message) => {
    await expect(read(folder.write(name, content))).rejects.toThrow(message);
  });

  it('reads the encoding that the XML declaration names', async () => {
    const bytes = Buffer.concat([
      Buffer.from('<?xml version="1.0" encoding="GB18030"?><log><trace><string key="a" value="'),
      Buffer.from([0xc3, 0xf7, 0xb2, 0xec]),
      Buffer.from('"/></trace></log>'),
    ]);
    const [trace] = await read(folder.write('gb.xes', bytes));
    expect(trace?.attributes.get('a')).toBe('明察');
  });
});

describe('CSV', () => {
  const csv = (settings: Partial<LogSettings['csv']>): Partial<LogSettings> => ({
    csv: { ...DEFAULT_CSV, ...settings },
  });

  it('reads quotes, commas, doubled quotes and line breaks in values, a byte order mark and CRLF', async () => {
    const text = '\ufeffid,note\r\n1,"a, ""b""\r\nc"\r\n2,\r\n';
    const groups = await read(folder.write('a.csv', text));
    expect(rowsOf(groups)).toEqual([{ id: '1', note: 'a, "b"\r\nc' }, { id: '2' }]);
    expect(groups.map((group) => group.line)).toEqual([2, 4]);
  });

  it('reads another delimiter and quote, values without quotes, comments and given column names', async () => {
    const semicolon = folder.write('s.csv', "# x\na;'b;c'\n");
    expect(
      rowsOf(
        await read(
          semicolon,
          csv({ delimiter: ';', quote: "'", comment: '#', columns: ['x', 'y'] }),
        ),
      ),
    ).toEqual([{ x: 'a', y: 'b;c' }]);
    const tab = folder.write('t.tsv', 'x\ty\n5" pipe\t z \n');
    expect(rowsOf(await read(tab, csv({ delimiter: '\t', quote: null, trim: true })))).toEqual([
      { x: '5" pipe', y: 'z' },
    ]);
  });

  it('treats the texts of `absent` as no value', async () => {
    const file = folder.write('n.csv', 'a,b,c\nNULL,-,x\n');
    expect(rowsOf(await read(file, { absent: ['NULL', '-'] }))).toEqual([{ c: 'x' }]);
  });

  it('gives the same rows however the file is cut into blocks', async () => {
    const lines = Array.from({ length: 20_000 }, (_, i) => `${i},"名字 ""${i}"", x"`);
    const groups = await read(folder.write('long.csv', `id,name\n${lines.join('\n')}\n`));
    expect(groups).toHaveLength(20_000);
    expect(groups.at(-1)?.line).toBe(20_001);
    expect(Object.fromEntries(groups[12_345]?.rows[0]?.attributes ?? [])).toEqual({
      id: '12345',
      name: '名字 "12345", x',
    });
  });

  it.each([
    ['few.csv', 'a,b\n1,2\n3\n', /few\.csv:3: the row has 1 values, the header has 2/],
    ['many.csv', 'a,b\n1,2,3\n', /many\.csv:2: the row has 3 values, the header has 2/],
    [
      'open.csv',
      'a,b\n1,2\n3,"4\n5,6\n',
      /open\.csv:3: a quote opened in this row is never closed/,
    ],
    ['stray.csv', 'a,b\n1,x"y"\n', /stray\.csv:2: Invalid Opening Quote/],
    ['twice.csv', 'a,a\n1,2\n', /twice\.csv:1: two columns are named 'a'/],
    ['blank.csv', 'a,\n1,2\n', /blank\.csv:1: column 2 has no name/],
    ['header.csv', 'a,b\n', /header\.csv: holds no row/],
  ])('refuses %s with the line', async (name, content, message) => {
    await expect(read(folder.write(name, content))).rejects.toThrow(message);
  });
});

describe('JSON Lines', () => {
  it('reads inner objects by path, lists, null as absent, long numbers exactly, and blank lines not at all', async () => {
    const file = folder.write(
      'a.jsonl',
      '{"a":1,"b":{"c":"x","d":null},"l":["p",2]}\n\n{"a":1234567890123456789,"f":1.5}',
    );
    const groups = await read(file);
    expect(rowsOf(groups)).toEqual([
      { a: 1n, 'b.c': 'x', l: ['p', 2n] },
      { a: '1234567890123456789', f: 1.5 },
    ]);
    expect(groups.map((group) => group.line)).toEqual([1, 3]);
  });

  it('reads one trace per line where the list of events is named', async () => {
    const file = folder.write(
      't.jsonl',
      '{"case":"c1","log":{"events":[{"n":"a"},{"n":"b"}],"by":"x"}}\n',
    );
    const [trace] = await read(file, { jsonlEvents: 'log.events' });
    expect(trace?.kind).toBe('trace');
    expect(Object.fromEntries(trace?.attributes ?? [])).toEqual({ case: 'c1', 'log.by': 'x' });
    expect(rowsOf(trace ? [trace] : [])).toEqual([{ n: 'a' }, { n: 'b' }]);
  });

  it.each([
    ['bad.jsonl', '{"a":1}\n{"a":\n', /bad\.jsonl:2(:\d+)?: not JSON/],
    ['list.jsonl', '[1]\n', /list\.jsonl:1: the line holds a list, not an object/],
  ])('refuses %s with the line', async (name, content, message) => {
    await expect(read(folder.write(name, content))).rejects.toThrow(message);
  });
});

describe('files', () => {
  const csv = 'a,b\n1,2\n';

  it('reads gzip and zip by their bytes, whatever their name', async () => {
    const expected = [{ a: '1', b: '2' }];
    expect(rowsOf(await read(folder.write('z.csv.gz', gzipSync(csv))))).toEqual(expected);
    expect(rowsOf(await read(folder.write('named.csv', gzipSync(csv))))).toEqual(expected);
    expect(rowsOf(await read(folder.write('z.zip', zipOf({ 'log.csv': csv }))))).toEqual(expected);
  });

  it('reads UTF-16 with a byte order mark', async () => {
    const bytes = Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from('a\n明\n', 'utf16le')]);
    expect(rowsOf(await read(folder.write('u.csv', bytes)))).toEqual([{ a: '明' }]);
  });

  it('says where a file is not UTF-8, and reads it once its encoding is named', async () => {
    const file = folder.write('gb.csv', Buffer.from([0x61, 0x0a, 0x78, 0x0a, 0xc3, 0xf7, 0x0a]));
    await expect(read(file)).rejects.toThrow(
      /gb\.csv:3: holds bytes that are not utf-8\. .*gb18030/,
    );
    expect(rowsOf(await read(file, { encoding: 'gb18030' }))).toEqual([{ a: 'x' }, { a: '明' }]);
    await expect(read(file, { encoding: 'klingon' })).rejects.toThrow(/unknown encoding 'klingon'/);
  });

  it('refuses truncated and damaged packed files', async () => {
    const rows = Array.from({ length: 5000 }, (_, i) => `${i},${Math.sin(i)}`).join('\n');
    const gz = gzipSync(`a,b\n${rows}\n`);
    await expect(read(folder.write('cut.csv.gz', gz.subarray(0, gz.length / 2)))).rejects.toThrow(
      /cut\.csv\.gz: the gzip file ends too early \(it is truncated\)\. Fetch it again/,
    );
    const broken = Buffer.from(gz);
    broken.fill(0xff, 2000, 2100);
    await expect(read(folder.write('broken.csv.gz', broken))).rejects.toThrow(
      /gzip file is damaged/,
    );
    const zip = zipOf({ 'log.csv': csv });
    await expect(read(folder.write('cut.zip', zip.subarray(0, 40)))).rejects.toThrow(
      /cut\.zip: the zip file is truncated or damaged/,
    );
    await expect(read(folder.write('text.csv.gz', csv))).rejects.toThrow(
      /content is not gzip or zip/,
    );
  });

  it('refuses what is no log', async () => {
    const missing = join(folder.path, 'nowhere.csv');
    await expect(read(missing)).rejects.toThrow(/nowhere\.csv: no such file\. Check the path/);
    await expect(read(folder.path)).rejects.toThrow(/is not a file/);
    await expect(read(folder.write('empty.csv', ''))).rejects.toThrow(
      /empty\.csv: is empty \(0 bytes\)/,
    );
    await expect(read(folder.write('empty.csv.gz', gzipSync('')))).rejects.toThrow(
      /holds no data once unpacked/,
    );
    await expect(read(folder.write('log.txt', csv))).rejects.toThrow(
      /name does not tell the format\. Give --format/,
    );
    await expect(
      read(folder.write('two.zip', zipOf({ 'a.csv': csv, 'b.csv': csv }))),
    ).rejects.toThrow(/the zip holds 2 files: a\.csv, b\.csv\. Pack exactly one/);
  });
});
