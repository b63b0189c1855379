import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { simulate } from '#simulator/simulate.js';

const PROGRAM = join(import.meta.dirname, '../../dist/apps/cli/main.js');
const BROKEN = '{"specversion":"1.0","id":"broken"';

interface Line {
  readonly receivedAt: string;
  readonly value: string;
}

type CloudEvent = Record<'id' | 'source' | 'type' | 'subject' | 'time', string> & {
  readonly data: Record<string, unknown>;
};

let folder = '';
let log = '';
let broken = 0;
let movedTo: readonly string[] = [];

const isReference = (event: CloudEvent) => /^(catalog|calendar|org)\./.test(event.type);

function correction(target: CloudEvent, id: string, to: string): CloudEvent {
  const { correctedType = target.type } = target.data;
  return {
    ...target,
    id,
    type: 'approval.corrected',
    data: {
      ...target.data,
      correctedType,
      correctedSubject: to,
      correctionOf: { source: target.source, id: target.id },
      correctionReason: '录入错误',
    },
  };
}

/** Decisions of every twentieth case that has one, moved on twice: to a case of the log, then to one known from nothing else. */
function corrections(events: readonly CloudEvent[]): CloudEvent[] {
  const decided = events.filter((event) => event.type === 'approval.decided');
  return decided.flatMap((target, index) => {
    if (index % 20 !== 0) return [];
    const other = decided.find(
      ({ source, subject }) => source === target.source && subject > target.subject,
    );
    if (other === undefined) return [];
    const first = correction(target, `${target.id}-m1`, other.subject);
    return index % 40 === 0
      ? [first]
      : [first, correction({ ...first, subject: other.subject }, `${target.id}-m2`, `X${index}`)];
  });
}

/**
 * A log that threads divide among them: cases interleaved, corrections before and after what they move, reference facts in
 * the middle, lines that break the contract, and records that came twice.
 */
function writeLog(path: string, withCorrections: boolean): void {
  const facts: Line[] = [];
  const lines: Line[] = [];
  const events: CloudEvent[] = [];
  const city = { seed: 5, cases: 800, days: 20, startOn: '2025-03-03', behaviourShare: 0.4 };
  for (const { receivedAt, value } of simulate(city)) {
    const event = JSON.parse(value) as CloudEvent;
    if (isReference(event)) facts.push({ receivedAt, value });
    else {
      lines.push({ receivedAt, value });
      events.push(event);
    }
  }
  const last = lines.at(-1)?.receivedAt ?? '';
  const moves = withCorrections ? corrections(events) : [];
  movedTo = moves.map(({ data, source }) => `${source}/${String(data.correctedSubject)}`);
  const moving = moves.map((event) => ({ receivedAt: last, value: JSON.stringify(event) }));
  const half = lines.length >> 1;
  const all = [
    ...moving.filter((_, index) => index % 3 === 0),
    ...lines.slice(0, half),
    ...facts,
    ...lines
      .slice(half)
      .flatMap((line, index) =>
        index % 50 === 0 ? [{ ...line, receivedAt: last }, line] : [line],
      ),
    ...moving.filter((_, index) => index % 3 !== 0),
  ];
  broken = 0;
  const texts = all.flatMap((line, index) => {
    if (index % 700 !== 350) return [JSON.stringify(line)];
    broken += 1;
    return [BROKEN, JSON.stringify(line)];
  });
  writeFileSync(path, `${texts.join('\n')}\n`);
}

function replay(...args: string[]): { code: number | null; out: string; err: string } {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['--enable-source-maps', PROGRAM, 'replay', ...args],
    { encoding: 'utf8', maxBuffer: 1 << 30, env: { ...process.env, TMPDIR: folder } },
  );
  return { code: status, out: stdout, err: stderr.replace(/^(read|evaluate): .*\n/gm, '') };
}

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'mingcha-threads-'));
  log = join(folder, 'log.jsonl');
  writeLog(log, true);
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

const onThreads = (threads: number, ...args: string[]) =>
  replay('--log', log, '--skip-rejected', '--threads', String(threads), ...args);

describe('a log that is judged in threads', () => {
  it.each([
    ['findings', [2, 3], []],
    ['history', [3], ['--history']],
    ['what was known by an instant', [2], ['--known-at', '2025-03-20T00:00:00+08:00']],
  ])('gives the bytes of one thread: %s', (_, numbers, args) => {
    const one = onThreads(1, ...args);
    expect(one.code).toBe(0);
    expect(one.err).toBe(`${broken} records break the contract and were left out\n`);
    expect(one.out.split('\n').length).toBeGreaterThan(100);
    for (const threads of numbers) {
      const many = onThreads(threads, ...args);
      expect(many.err).toBe(one.err);
      expect(many.out === one.out).toBe(true);
    }
    expect(readdirSync(folder)).toEqual(['log.jsonl']);
  });

  it('moves facts to other cases, also to one known from nothing else', () => {
    const found = (text: string) =>
      text
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line) as { subject: string })
        .filter(({ subject }) => movedTo.includes(subject))
        .map((finding) => JSON.stringify(finding));
    const targets = movedTo;
    const moved = found(onThreads(3).out);
    expect(moved.some((line) => /"subject":"[^"]*\/X\d+"/.test(line))).toBe(true);
    const plain = join(folder, 'plain.jsonl');
    writeLog(plain, false);
    movedTo = targets;
    const stayed = found(replay('--log', plain, '--skip-rejected', '--threads', '3').out);
    rmSync(plain);
    expect(moved).not.toEqual(stayed);
  });

  it('tells the first line that breaks the contract, as one thread does', () => {
    const one = replay('--log', log, '--threads', '1');
    const first = readFileSync(log, 'utf8').split('\n').indexOf(BROKEN) + 1;
    expect(one.code).toBe(3);
    expect(one.err).toContain(`${log}:${first}: the record breaks the contract`);
    expect(replay('--log', log, '--threads', '3')).toEqual(one);
    expect(readdirSync(folder)).toEqual(['log.jsonl']);
  });

  it('tells what stands before a place that cannot be read, before that', () => {
    const bad = join(folder, 'bad.jsonl');
    const text = readFileSync(log);
    writeFileSync(bad, Buffer.concat([text, Buffer.from([0x22, 0xff, 0x0a])]));
    const one = replay('--log', bad, '--threads', '1');
    expect(one.err).toContain('the record breaks the contract');
    expect(replay('--log', bad, '--threads', '2')).toEqual(one);
    const skipping = ['--log', bad, '--skip-rejected', '--threads'];
    const unreadable = replay(...skipping, '1');
    expect(unreadable.code).toBe(3);
    expect(unreadable.err).toContain('holds bytes that are not utf-8');
    expect(replay(...skipping, '2')).toEqual(unreadable);
    rmSync(bad);
  });
});

describe('a mapped log that is judged in threads', () => {
  const MAPPING = `mapping: 1
title: Requests
source: requests
zone: Europe/Amsterdam
log: { format: csv }
types:
  x.opened: { zh: 开, en: Opened, fields: { kind: string } }
  x.closed: { zh: 关, en: Closed, fields: { kind: string } }
defaults:
  subject: '{row.case}'
  agency: '000000000000000000'
  region: '000000'
  officer: '{row.officer}'
  unit: u
rows:
  - name: opened
    when: row.what == 'open'
    type: x.opened
    time: '{row.at}'
    fields: { kind: '{row.what}' }
  - name: closed
    when: row.what == 'close'
    type: x.closed
    time: '{row.at}'
    fields: { kind: '{row.what}' }
`;
  const RULE = `id: REQ-LATE
version: 1
family: requests
effective: { from: 2000-01-01 }
name: { zh: 逾期, en: Late }
text: { zh: 三日内关闭。, en: Closed within three days. }
basis:
  - { law: { zh: 例, en: example }, article: "-", local: true }
answerable: [unit]
windows:
  - kind: deadline
    from: [x.opened]
    until: [x.closed]
    counting: elapsed
    limit: { value: "72.0", unit: H }
    levels: [{ level: red, after: 0 }]
exceptions: []
examples: []
`;

  it('gives the bytes of one thread', () => {
    const at = (day: number) => `2025-03-${String(day).padStart(2, '0')}T10:00:00`;
    const rows = ['case,what,at,officer'];
    for (let n = 0; n < 6_000; n += 1) rows.push(`C${(n * 7919) % 6_000},open,${at(1)},S${n % 7}`);
    for (let n = 0; n < 5_000; n += 1) rows.push(`C${n},close,${at(2 + (n % 6))},S${n % 7}`);
    const file = (name: string, text: string) => {
      writeFileSync(join(folder, name), text);
      return join(folder, name);
    };
    const args = [
      ...['--log', file('requests.csv', `${rows.join('\n')}\n`)],
      ...['--mapping', file('mapping.yaml', MAPPING), '--rules', file('late.yaml', RULE)],
    ];
    const one = replay(...args, '--threads', '1');
    expect(one).toMatchObject({ code: 0, err: '' });
    // Closed after the third day, or not at all.
    const late = Array.from({ length: 5_000 }, (_, n) => 2 + (n % 6)).filter((day) => day > 4);
    expect(one.out.trim().split('\n')).toHaveLength(late.length + 1_000);
    expect(replay(...args, '--threads', '3')).toEqual(one);
  });
});
