import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { DATA, describeWithData } from '#test/log/public-log.js';

interface Line {
  readonly ruleId: string;
  readonly subject: string;
  readonly until: string | null;
  readonly explanation: { readonly key: string };
}

const root = join(import.meta.dirname, '..', '..');
let folder = '';

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'mingcha-replay-'));
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

let runs = 0;

/** Findings of the public command, with the mapping and the rules of the log and nothing else. */
async function replay(log: string, name: string, ...more: string[]): Promise<Line[]> {
  runs += 1;
  const out = join(folder, `${runs}.jsonl`);
  const mapping = join(root, 'mappings', `${name}.yaml`);
  const rules = join(root, 'mappings', 'rules', name);
  const { status } = spawnSync(process.execPath, [
    join(root, 'dist/apps/cli/main.js'),
    'replay',
    '--log',
    join(DATA, log),
    '--mapping',
    mapping,
    '--rules',
    rules,
    '--out',
    out,
    ...more,
  ]);
  expect(status).toBe(0);
  return readFileSync(out, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Line);
}

const of = (lines: Line[], rule: string) => lines.filter((line) => line.ruleId === rule);
const cases = (lines: Line[]) => new Set(lines.map((line) => line.subject)).size;
const ended = (lines: Line[]) => lines.filter((line) => line.until !== null);
const open = (lines: Line[]) => lines.filter((line) => line.until === null);

/** Expected figures were counted independently of Mingcha and published with the data. */
describeWithData('replay reproduces what was counted independently', () => {
  it('counts the receipt log', async () => {
    const lines = await replay('receipt.xes.gz', 'receipt');
    expect(lines.filter((line) => line.explanation.key === 'rule.unevaluable')).toEqual([]);
    expect(ended(of(lines, 'REC-LATE')).length).toBe(377);
    expect(ended(of(lines, 'REC-OPEN')).length).toBeGreaterThanOrEqual(1_327);
    expect(of(lines, 'REC-LATE-DATE').length).toBe(309);
    expect(cases(of(lines, 'REC-SAME'))).toBe(1_042);
    expect(cases(of(lines, 'REC-BOTH'))).toBe(1_303);
    expect(of(lines, 'REC-BACK').length).toBe(439);
    expect(cases(of(lines, 'REC-BACK'))).toBe(269);
    expect(cases(of(lines, 'REC-GAP'))).toBe(35);
  });

  it('answers as known at a past instant', async () => {
    const at = '2011-06-30T00:00:00+02:00';
    const lines = await replay('receipt.xes.gz', 'receipt', '--as-of', at, '--known-at', at);
    expect(open(of(lines, 'REC-OPEN')).length).toBe(224);
    expect(open(of(lines, 'REC-LATE')).length).toBe(46);
    expect(ended(of(lines, 'REC-LATE')).length).toBe(197);
  });

  it('counts the road-traffic log by local calendar dates', async () => {
    const lines = await replay('roadtraffic100traces.xes', 'roadtraffic');
    expect(of(lines, 'ROAD-LATE').length).toBe(35);
    expect(of(lines, 'ROAD-SENT').length).toBe(78);
  });

  it('agrees with the verdict that the city of Boston published in 100 of 100 requests', async () => {
    const lines = await replay(
      'boston311-100.csv',
      'boston311',
      '--as-of',
      '2022-05-21T00:00:00-04:00',
    );
    const overdue = new Set(of(lines, 'BOS-OVERDUE').map((line) => line.subject.split('/')[1]));
    const [header = '', ...rows] = readFileSync(join(DATA, 'boston311-100.csv'), 'utf8')
      .trim()
      .split('\n');
    const columns = header.split(',');
    const verdicts = rows.map((row) => {
      const cells = row.split(',');
      return {
        id: cells[columns.indexOf('case_enquiry_id')] ?? '',
        verdict: row.includes(',OVERDUE,') ? 'OVERDUE' : row.includes(',ONTIME,') ? 'ONTIME' : '?',
      };
    });
    expect(verdicts.length).toBe(100);
    const agreeing = verdicts.filter(
      ({ id, verdict }) => (overdue.has(id) ? 'OVERDUE' : 'ONTIME') === verdict,
    );
    expect(agreeing.length).toBe(100);
    expect(overdue.size).toBe(17);
  });

  it('gives the same bytes twice', async () => {
    const first = await replay('roadtraffic100traces.xes', 'roadtraffic', '--history');
    const second = await replay('roadtraffic100traces.xes', 'roadtraffic', '--history');
    expect(second).toEqual(first);
  });
});
