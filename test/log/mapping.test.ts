import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createDecoder } from '#core/event/decode.js';
import type { InputError } from '../../apps/cli/log/input-error.js';
import { mapLog } from '../../apps/cli/log/map-log.js';
import {
  type MappedEvent,
  recordText,
  toCloudEvent,
  toEvent,
} from '../../apps/cli/log/mapped-event.js';
import { parseMapping } from '../../apps/cli/log/mapping.js';
import { gather } from './public-log.js';
import { LogFolder } from './written-log.js';

let folder: LogFolder;
beforeAll(() => {
  folder = new LogFolder();
});
afterAll(() => folder.remove());

const HEAD = `mapping: 1
source: feed
zone: Asia/Shanghai
defaults: { subject: '{row.no}', agency: '000000000000000000', region: '130600', time: '{row.at}' }
types:
  x.done: { fields: { note: string, n: int, amount: decimal, ok: bool, on: date, at: time, ms: instant, limit: limit, tags: 'string[]' } }
`;

async function map(yaml: string, log: string, name = 'log.csv'): Promise<MappedEvent[]> {
  return gather(mapLog(folder.write(name, log), parseMapping(yaml, 'm.yaml')));
}

const rows = (...lines: string[]): string =>
  `${HEAD}rows:\n${lines.map((line) => `  ${line}\n`).join('')}`;
const one = (fields: string, more = ''): string =>
  rows(`- { type: x.done, fields: { ${fields} }${more} }`);

async function fieldsOf(yaml: string, log: string): Promise<unknown> {
  const [event] = await map(yaml, log);
  return Object.fromEntries(
    Object.entries(event?.fields ?? {}).filter(([, value]) => value !== null),
  );
}

describe('values', () => {
  const log = 'no,at,a,b,c\n7,2024-03-01 09:30:00,12,"x y",\n';

  it.each([
    ['a template joins texts and columns', "note: '{row.no}/{row.b}'", { note: '7/x y' }],
    ['a brace is doubled', "note: '{{{row.a}}}'", { note: '{12}' }],
    ['a constant', 'note: fixed, n: 3, ok: true', { note: 'fixed', n: 3, ok: true }],
    ['an absent part makes the whole absent', "note: '{row.a}{row.c}'", {}],
    [
      'a default stands for an absent value',
      'note: { column: row.c, default: none }',
      { note: 'none' },
    ],
    ['a map turns codes', 'note: { column: row.a, map: { 12: twelve } }', { note: 'twelve' }],
    ['an expression computes', "n: { cel: 'int(row.a) * 2' }", { n: 24 }],
    ['an absent value is null in an expression', "ok: { cel: 'row.c == null' }", { ok: true }],
    [
      'numbers and truth from text',
      "n: '{row.a}', amount: '1.50', ok: '1'",
      { n: 12, amount: 1.5, ok: true },
    ],
    [
      'times in the zone of the mapping',
      "on: '{row.at}', at: '{row.at}', ms: '{row.at}'",
      { on: '2024-03-01', at: '2024-03-01T09:30:00.000+08:00', ms: Date.UTC(2024, 2, 1, 1, 30) },
    ],
    ['a zone of its own', 'ms: { column: row.at, zone: UTC }', { ms: Date.UTC(2024, 2, 1, 9, 30) }],
    [
      'a local date across the date line',
      "on: { text: '2024-02-29T20:00:00Z' }",
      { on: '2024-03-01' },
    ],
    ['limits', "limit: '{row.a}G'", { limit: { value: 12, unit: 'G' } }],
    ['lists', "tags: { list: ['{row.a}', '{row.c}', z] }", { tags: ['12', 'z'] }],
  ])('%s', async (_is, fields, expected) => {
    expect(await fieldsOf(one(fields), log)).toEqual(expected);
  });

  it.each([
    ['yyyy/M/d H:mm', '2024/3/1 9:30', '2024-03-01T09:30:00.000+08:00'],
    ['dd.MM.yyyy', '01.03.2024', '2024-03-01T00:00:00.000+08:00'],
    ['MM/dd/yyyy hh:mm:ss a', '03/01/2024 12:05:09 AM', '2024-03-01T00:05:09.000+08:00'],
    ['d MMM yy HH:mm', '1 Mar 24 21:00', '2024-03-01T21:00:00.000+08:00'],
    ["yyyy'年'M'月'd'日' HH:mm", '2024年3月1日 09:30', '2024-03-01T09:30:00.000+08:00'],
    ['yyyyMMddHHmmssSSS', '20240301093000123', '2024-03-01T09:30:00.123+08:00'],
    ['yyyy-MM-dd HH:mm:ss XXX', '2024-03-01 09:30:00 +01:00', '2024-03-01T16:30:00.000+08:00'],
    ['epoch-seconds', '1709256600', '2024-03-01T09:30:00.000+08:00'],
    ['epoch-millis', '1709256600123', '2024-03-01T09:30:00.123+08:00'],
    ['iso', '2024-03-01T01:30Z', '2024-03-01T09:30:00.000+08:00'],
  ])('format %s', async (format, text, expected) => {
    const yaml = one(`at: { column: row.t, format: "${format}" }`);
    expect(await fieldsOf(yaml, `no,at,t\n1,2024-01-01,${text}\n`)).toEqual({ at: expected });
  });

  it.each([
    // New York 2024: 02:00 to 03:00 skipped on 10 March, 01:00 to 02:00 twice on 3 November.
    ['2024-03-10 02:30', 'earlier', '2024-03-10T03:30:00.000-04:00'],
    ['2024-03-10 01:59:59', 'earlier', '2024-03-10T01:59:59.000-05:00'],
    ['2024-03-10 03:00', 'earlier', '2024-03-10T03:00:00.000-04:00'],
    ['2024-11-03 01:30', 'earlier', '2024-11-03T01:30:00.000-04:00'],
    ['2024-11-03 01:30', 'later', '2024-11-03T01:30:00.000-05:00'],
    ['2024-11-03 02:00', 'refuse', '2024-11-03T02:00:00.000-05:00'],
  ])('local time %s, %s of two', async (text, ambiguous, expected) => {
    const yaml = one("at: '{row.at}'").replace(
      'Asia/Shanghai',
      `America/New_York\nambiguousTimes: ${ambiguous}`,
    );
    expect(await fieldsOf(yaml, `no,at\n1,${text}\n`)).toEqual({ at: expected });
  });

  it.each([
    ['2024-03-10 02:30', /does not exist \(the clock was set forward\) in America\/New_York/],
    ['2024-11-03 01:30', /exists twice/],
    ['2023-02-29 00:00', /is no date or time of day that exists/],
    ['2024-01-01 24:00', /is no date or time of day that exists/],
    ['yesterday', /is not an ISO 8601 time/],
  ])('refuses local time %s', async (text, message) => {
    const yaml = one("at: '{row.at}'").replace(
      'Asia/Shanghai',
      'America/New_York\nambiguousTimes: refuse',
    );
    await expect(map(yaml, `no,at\n1,${text}\n`)).rejects.toThrow(message);
  });
});

describe('events', () => {
  const log =
    'no,at,kind,who,unit,end\nC1,2024-03-01,open,S1,U1,2024-03-05 10:00:00\nC2,2024-03-02 08:00:00,shut,,U2,\n';

  it('gives one or several events per row, by condition', async () => {
    const yaml = rows(
      "- { name: a, type: x.done, officer: '{row.who}', unit: '{row.unit}' }",
      "- { name: b, when: 'row.end != null', type: x.done, time: '{row.end}', recordedAt: '2024-03-06T00:00:00Z' }",
    );
    const events = await map(yaml, log);
    expect(events.map(({ subject, origin }) => [subject, origin.rule, origin.line])).toEqual([
      ['C1', 'a', 2],
      ['C1', 'b', 2],
      ['C2', 'a', 3],
    ]);
    const [first, second, third] = events.map(toEvent);
    expect(first).toMatchObject({
      caseId: 'feed/C1',
      occurredAt: Date.UTC(2024, 1, 29, 16),
      recordedAt: Date.UTC(2024, 1, 29, 16),
      receivedAt: Date.UTC(2024, 1, 29, 16),
      precision: 'day',
      responsible: { staffNo: 'S1', name: null, post: null, unitCode: 'U1' },
      operator: { staffNo: 'S1', name: null, post: null, unitCode: 'U1' },
      dataVersion: 1,
      isTest: false,
    });
    expect(second).toMatchObject({
      precision: 'second',
      recordedAt: Date.UTC(2024, 2, 6),
      receivedAt: Date.UTC(2024, 2, 6),
    });
    // Nobody is named: nobody answers, and the operator is there, but empty.
    expect(third).toMatchObject({
      responsible: null,
      operator: { staffNo: '', name: null, post: null, unitCode: 'U2' },
    });
  });

  it('gives every field that the type declares, and the case fields, absent ones as null', async () => {
    const yaml = `${one("note: '{row.kind}'")}case: { who: { kind: string, value: '{row.who}' } }\n`;
    const [first, second] = await map(yaml, log);
    expect(Object.keys(first?.fields ?? {})).toEqual([
      'note',
      'n',
      'amount',
      'ok',
      'on',
      'at',
      'ms',
      'limit',
      'tags',
      'who',
    ]);
    expect(first?.fields).toMatchObject({ note: 'open', n: null, who: 'S1' });
    expect(second?.fields.who).toBeNull();
  });

  it('derives the same ids from the same log, other ones for other places and rules', async () => {
    const yaml = rows('- { name: a, type: x.done }', '- { name: b, type: x.done }');
    const ids = (await map(yaml, log)).map((event) => event.id);
    expect(new Set(ids).size).toBe(4);
    expect((await map(yaml, log)).map((event) => event.id)).toEqual(ids);
    expect((await map(yaml.replace('source: feed', 'source: other'), log))[0]?.id).not.toBe(ids[0]);
  });

  it('takes type, id, authority and versions from where the mapping says', async () => {
    const yaml = rows(
      '- type: { column: row.kind, map: { open: x.done, shut: x.shut } }',
      "  id: 'row-{row.no}'",
      '  dataVersion: 3',
      '  isTest: true',
      '  correctionOf: { id: before }',
    )
      .replace('types:\n', 'types:\n  x.shut: {}\n')
      .replace('source: feed', 'source: feed\nauthority: hall');
    const events = (await map(yaml, log)).map(toEvent);
    expect(events.map(({ type, id, caseId }) => [type, id, caseId])).toEqual([
      ['x.done', 'row-C1', 'hall/C1'],
      ['x.shut', 'row-C2', 'hall/C2'],
    ]);
    expect(events[0]).toMatchObject({
      dataVersion: 3,
      isTest: true,
      correctionOf: { source: 'feed', id: 'before' },
    });
  });

  it('builds the event of a vocabulary type exactly as decoding its record does', async () => {
    const yaml = `mapping: 1
source: hall
zone: Asia/Shanghai
defaults: { subject: '{row.no}', agency: '000000000000000000', region: '130600', time: '{row.at}', item: XK-01, unit: U1 }
rows:
  - type: approval.accepted
    when: row.kind == "open"
    officer: { staffNo: '{row.who}', name: 张三, unit: '{row.unit}' }
    fields:
      acceptanceNo: 'SL-{row.no}'
      acceptedOn: '{row.at}'
      statutoryLimit: 20G
      promisedLimit: { object: { value: 10, unit: G } }
      materials: { list: [ { object: { code: M1, name: 申请表, status: received } } ] }
  - type: approval.withdrawn
    when: row.kind == "shut"
    fields: { statement: { object: { id: d1, digest: abc } } }
`;
    const events = await map(yaml, log);
    expect(events.map((event) => event.type)).toEqual(['approval.accepted', 'approval.withdrawn']);
    const decoder = createDecoder({
      feeds: (source) => ({ source, authority: 'hall', agreedDelayHours: 24, batch: false }),
    });
    for (const mapped of events) {
      const value = recordText(mapped);
      const digest = createHash('sha256').update(value).digest('hex');
      const decoded = decoder.decode({ value, receivedAt: mapped.receivedAt, digest });
      expect(decoded).toEqual({ ok: true, event: toEvent(mapped) });
    }
    expect(toCloudEvent(events[0] as MappedEvent)).toMatchObject({
      specversion: '1.0',
      type: 'approval.accepted',
      subject: 'C1',
      time: '2024-03-01T00:00:00.000+08:00',
      data: { occurredPrecision: 'day', itemCode: 'XK-01', acceptedOn: '2024-03-01' },
    });
  });
});

describe('a mapping that is wrong', () => {
  const log = 'no,at\n1,2024-03-01\n';

  it.each([
    [
      'unknown field',
      `${HEAD}row: []\nrows: [{type: x.done}]`,
      /^m\.yaml:\d+:1: unknown field 'row' in the mapping\. Allowed there: mapping, title, source/,
    ],
    [
      'unknown field of a rule',
      rows('- { type: x.done, tyme: now }'),
      /^m\.yaml:8:21: unknown field 'tyme' in 'rows\.0'/,
    ],
    [
      'missing field',
      `${HEAD.replace('zone: Asia/Shanghai\n', '')}rows: [{type: x.done}]`,
      /the mapping lacks 'zone'/,
    ],
    ['no rules', HEAD, /the mapping has no rules/],
    ['not YAML', 'mapping: [1', /^m\.yaml:1:\d+: not YAML/],
    ['a key twice', `${HEAD}source: again\n`, /not YAML: Map keys must be unique/],
    ['empty', '', /m\.yaml: the mapping is empty/],
    [
      'another version',
      `${HEAD.replace('mapping: 1', 'mapping: 2')}rows: [{type: x.done}]`,
      /'mapping' must be 1/,
    ],
    [
      'unknown zone',
      `${HEAD.replace('Asia/Shanghai', 'Asia/Baoding')}rows: [{type: x.done}]`,
      /^m\.yaml:3:7: unknown time zone 'Asia\/Baoding'/,
    ],
    [
      'type not declared',
      rows('- { type: x.other }'),
      /'x\.other' is no event type\. Declare it under 'types'; declared: x\.done/,
    ],
    [
      'type of no vocabulary',
      rows('- { type: approval.exploded }'),
      /'approval\.exploded' is no event type\. Use a type of docs\/events\.md/,
    ],
    [
      'bad type name',
      `${HEAD}rows: [{type: x.done}]\n`.replace('x.done: {', 'done: {'),
      /^m\.yaml:6:3: 'done' is not a valid name\. Names of types begin with 'x\.'/,
    ],
    [
      'field not declared',
      one('colour: red'),
      /'colour' is no field of x\.done\. Fields there: note, n,/,
    ],
    [
      'unknown kind',
      `${HEAD.replace('note: string', 'note: str')}rows: [{type: x.done}]`,
      /'types\.x\.done\.fields\.note' has another value than allowed\. Write one of: string, text, int/,
    ],
    ['constant of another kind', one('n: many'), /^m\.yaml:8:\d+: "many" is not a number/],
    [
      'bad agency',
      rows("- { type: x.done, agency: '123' }"),
      /agency '123' is not a code of 18 characters/,
    ],
    [
      'CEL that does not parse',
      rows("- { type: x.done, when: 'row.no ==' }"),
      /^m\.yaml:8:\d+: 'row\.no ==' is not CEL/,
    ],
    [
      'CEL that does not type-check',
      rows('- { type: x.done, when: \'1 + "a" == 2\' }'),
      /is not valid: no such overload: int \+ string/,
    ],
    [
      'CEL with an unknown name',
      rows("- { type: x.done, when: 'event.no == 1' }"),
      /Unknown variable: event/,
    ],
    [
      'CEL that is no condition',
      rows("- { type: x.done, when: 'string(row.no)' }"),
      /gives string, not true or false/,
    ],
    [
      'has()',
      rows("- { type: x.done, when: 'has(row.no)' }"),
      /has\(\) is not used here: an absent value is null/,
    ],
    [
      'a map without a column',
      rows("- { type: x.done, when: 'size(row) == 1' }"),
      /'row' must be followed by the name of a column/,
    ],
    [
      'two forms of a value',
      one('note: { column: row.no, text: x }'),
      /exactly one of column, text, cel, const, object, list; given: column, text/,
    ],
    [
      'column without its place',
      one('note: { column: no }'),
      /'no' does not say where the column is\. Write row\.no/,
    ],
    ['unknown placeholder', one("note: '{no}'"), /'\{no\}' names no column\. Write \{row\.NAME\}/],
    [
      'bad format',
      one("at: { column: row.at, format: 'jjjj-MM' }"),
      /'jjjj' is no part of a time format/,
    ],
    [
      'format without a day',
      one("at: { column: row.at, format: 'HH:mm' }"),
      /needs year, month and day/,
    ],
    [
      'row column in a trace rule',
      `${HEAD}traces: [{type: x.done}]`,
      /'row\.no' is not known in a rule under 'traces'/,
    ],
    [
      'same name twice',
      rows('- { name: a, type: x.done }', '- { name: a, type: x.done }'),
      /two rules are named 'a'/,
    ],
    [
      'no subject',
      rows('- { type: x.done }').replace("subject: '{row.no}', ", ''),
      /the rule has no 'subject'\. Add 'subject' to it or to 'defaults'/,
    ],
  ])('%s is refused at its place', (_is, yaml, message) => {
    let fault: InputError | null = null;
    try {
      parseMapping(yaml, 'm.yaml');
    } catch (error) {
      fault = error as InputError;
    }
    expect(fault?.message).toMatch(message);
    expect(fault?.name).toBe('InputError');
  });

  it('names a column that is not there, the line of the mapping and the columns that are', async () => {
    await expect(map(one("note: '{row.colour}'"), log)).rejects.toThrow(
      /^m\.yaml:8:\d+: in the header of .*log\.csv there is no column 'colour'; columns there: no, at\. Correct the name/,
    );
    await expect(
      map(one("note: '{row.colour}'"), '{"no":"1","at":"2024-03-01"}\n', 'a.jsonl'),
    ).rejects.toThrow(
      /^m\.yaml:8:\d+: there is no column 'row\.colour' anywhere in .*a\.jsonl; there are: no, at/,
    );
    const yaml = one("note: '{trace.deadlin}'").replace('{row.no}', '{trace.no}');
    const xes =
      '<log><trace><string key="no" value="1"/><string key="deadline" value="x"/><event><date key="at" value="2024-03-01"/></event></trace></log>';
    await expect(map(yaml, xes, 'a.xes')).rejects.toThrow(
      /^m\.yaml:8:\d+: there is no trace attribute 'trace\.deadlin' anywhere in .*a\.xes; there are: no, deadline/,
    );
  });

  it('lets a log lack a column that is said to be optional', async () => {
    const yaml = `${one("note: '{row.colour}'")}log: { optional: [row.colour] }\n`;
    expect(await map(yaml, '{"no":"1","at":"2024-03-01"}\n', 'b.jsonl')).toHaveLength(1);
  });

  it('refuses trace rules for a log without traces', async () => {
    const yaml = `${HEAD.replace('{row.no}', 'C').replace('{row.at}', '2024-03-01')}traces: [{ name: t, type: x.done }]`;
    await expect(map(yaml, log)).rejects.toThrow(
      /log\.csv has no traces, so rule 't' can apply to nothing/,
    );
  });
});

describe('a row that does not fit', () => {
  const log = 'no,at,n\n1,2024-03-01,5\n2,soon,x\n,2024-03-02,6\n3,2024-03-03,7\n';
  const yaml = one("n: '{row.n}'");

  it('stops with file, line, rule and what to do', async () => {
    await expect(map(yaml, log, 'r.csv')).rejects.toThrow(
      /r\.csv:3: rule 'rows\[0\]' \(m\.yaml:4\): 'soon' is not an ISO 8601 time .*Give the format/,
    );
  });

  it('is left out and reported where the caller asks for that', async () => {
    const faults: string[] = [];
    const file = folder.write('s.csv', log);
    const events = await gather(
      mapLog(file, parseMapping(yaml, 'm.yaml'), {
        onRowFault: (fault) => faults.push(fault.message),
      }),
    );
    expect(events.map((event) => event.subject)).toEqual(['1', '3']);
    expect(faults).toEqual([
      expect.stringContaining("s.csv:3: rule 'rows[0]'"),
      expect.stringContaining(
        "s.csv:4: rule 'rows[0]' (m.yaml:4): subject is absent. Skip such rows with 'when'",
      ),
    ]);
  });

  it.each([
    ['n: { column: row.n, map: { 1: 2 } }', /'5' is not in the map\. Add it, or a default/],
    ["ok: '{row.n}'", /"5" is not true or false/],
    ["limit: '{row.n}'", /"5" is not a limit/],
    ["ok: { cel: 'row.n > 3' }", /cannot be evaluated: no such overload: dyn<string> > int/],
  ])('%s', async (fields, message) => {
    await expect(map(one(fields), log)).rejects.toThrow(message);
  });

  it('of a vocabulary type is held to the event contract', async () => {
    const accepted = rows('- { type: approval.accepted, fields: { acceptanceNo: A1 } }');
    await expect(map(accepted, log)).rejects.toThrow(
      /'acceptedOn' of approval\.accepted breaks the event contract: missing-field/,
    );
  });
});

describe('docs/importing.md', () => {
  it.each(['importing.md', 'importing.zh-CN.md'])(
    'its first mapping gives what %s says',
    async (name) => {
      const text = readFileSync(join(import.meta.dirname, '../../docs', name), 'utf8');
      const block = (start: string): string => {
        const found = text
          .split('```')
          .find((part) => part.replace(/^\w*\n/, '').startsWith(start));
        return found?.replace(/^\w*\n/, '') ?? '';
      };
      const events = await map(block('mapping: 1'), block('no,opened'), 'requests.csv');
      expect(events.map(({ type, subject }) => [type, subject])).toEqual([
        ['x.request-opened', '1001'],
        ['x.request-closed', '1001'],
        ['x.request-opened', '1002'],
      ]);
      expect(events[1]?.fields).toEqual({
        targetAt: '2024-03-08T17:00:00.000+08:00',
        targetOn: '2024-03-08',
        closedOn: '2024-03-11',
      });
      const trace = `mapping: 1\nsource: s\nzone: Europe/Amsterdam\ntypes: { x.case-started: { fields: { deadlineOn: date } }, x.case-ended: {}, x.activity: { fields: { activity: string } } }\n${block('defaults: { subject')}`;
      const xes =
        '<log><trace><string key="concept:name" value="c"/><date key="startdate" value="2024-01-01"/><date key="deadline" value="2024-01-09"/><date key="enddate" value="2024-01-08"/><event><string key="concept:name" value="A"/><date key="time:timestamp" value="2024-01-02"/></event></trace></log>';
      expect((await map(trace, xes, 't.xes')).map((event) => event.type)).toEqual([
        'x.case-started',
        'x.case-ended',
        'x.activity',
      ]);
    },
  );
});
