import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { canonicalJson } from '#core/audit/canonical-json.js';
import { Report } from '#evidence/verify/outcome.js';
import { parsePolicy } from '#evidence/verify/policy.js';
import { nodeMachinery } from '#evidence/verify/shell/node-machinery.js';
import { verifyBundle } from '#evidence/verify/verify-bundle.js';
import { loadRulebook } from '#rulebook/load-rules.js';
import { sentEvent } from '../../api/sent-events.js';
import { ruleTexts } from './city-bundle.js';
import { type Files, makeBundle, policyOf, seal, zipOf } from './make-bundle.js';
import { CoreRun } from './run-core.js';
import { TestLog } from './test-log.js';

/** A rule that was sharpened three times: each version counts for cases accepted while it was in force. */
const VERSIONS = [
  { from: '2023-01-01', to: '2023-06-30', levels: '{ level: yellow, after: 0 }' },
  {
    from: '2023-07-01',
    to: '2023-12-31',
    levels: '{ level: yellow, after: 0 }, { level: red, after: 5 }',
  },
  { from: '2024-01-01', to: '2024-06-30', levels: '{ level: red, after: 0 }' },
  { from: '2024-07-01', to: '2025-12-31', levels: '{ level: red, after: 2 }' },
];

const rule = (version: number): string => {
  const { from, to, levels } = VERSIONS[version - 1] as (typeof VERSIONS)[number];
  return `id: OD-02
version: ${version}
family: OD
effective: { from: ${from}, to: ${to} }
name: { zh: 承诺超时, en: Promised limit passed }
text: { zh: 超过承诺时限未办结。, en: Not concluded by the end of the promised limit. }
basis: [{ law: { zh: 某办法, en: a measure }, article: 6(2), local: true }]
answerable: [handler]
points: 5
windows:
  - { kind: deadline, from: acceptance, until: [closing], clock: promised, counting: item, levels: [${levels}] }
exceptions: []
examples: []
`;
};

const FEEDS = [{ source: 'feed-a', authority: 'feed-a', agreedDelayHours: 24, batch: false }];
const at = (time: string): number => Date.parse(`${time}+08:00`);

/** An accepted case with 20 working days, promised. */
function accepted(run: CoreRun, subject: string, day: string): void {
  const event = sentEvent('approval.accepted', {
    id: `${subject}-1`,
    subject,
    at: `${day}T09:00`,
    data: {
      acceptedOn: day,
      statutoryLimit: { value: 20, unit: 'G' },
      promisedLimit: { value: 20, unit: 'G' },
      toleratedMaterials: [],
    },
  });
  run.take({ receivedAt: at(`${day}T09:00:30`), value: JSON.stringify(event) });
}

/** Two days off that the district ordered on the morning after the limit had passed by the calendar known till then. */
function orderDaysOff(run: CoreRun): void {
  const event = sentEvent('calendar.published', {
    id: 'days-off',
    subject: 'calendar',
    at: '2024-03-06T10:00',
    data: {
      year: 2024,
      days: { '2024-03-04': 'holiday', '2024-03-05': 'holiday' },
      basisDocNo: '莲政发〔2024〕5号',
    },
  });
  run.take({ receivedAt: at('2024-03-06T10:00:00'), value: JSON.stringify(event) });
}

/** What was recorded two years ago and more, and a bundle about it made in 2026. */
function history({ ticks }: { ticks: readonly string[] }): { run: CoreRun; files: Files } {
  const folder = mkdtempSync(join(tmpdir(), 'rules-'));
  try {
    mkdirSync(join(folder, 'od'));
    for (const version of [1, 2, 3, 4])
      writeFileSync(join(folder, 'od', `OD-02-${version}.yaml`), rule(version));
    const run = new CoreRun(new TestLog(), {
      rulebook: loadRulebook([folder]).rulebook,
      feeds: FEEDS,
      settings: {},
    });
    accepted(run, 'N1', '2023-03-01');
    accepted(run, 'N2', '2023-09-01');
    accepted(run, 'N3', '2024-02-01');
    for (const time of ticks) if (at(time) < at('2024-03-06T10:00:00')) run.tick(at(time));
    orderDaysOff(run);
    accepted(run, 'N4', '2024-09-02');
    for (const time of ticks) if (at(time) >= at('2024-03-06T10:00:00')) run.tick(at(time));
    const caseIds = ['N1', 'N2', 'N3', 'N4'].map((subject) => `feed-a/${subject}`);
    const files = makeBundle({ run, rules: ruleTexts(folder), feeds: FEEDS, caseIds });
    return { run, files: seal(files) };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** What the records of a case say, but for notices of later years that change nothing: action, rule version, level, since when (local time). */
function said({ log }: CoreRun, subject: string): string[] {
  return (log.chains.get(`case:feed-a/${subject}`) ?? []).flatMap((index) => {
    const { action, ruleVersion, fields } = JSON.parse(log.records[index]?.leaf ?? '{}');
    if (!String(action).startsWith('finding.') || action === 'finding.revised') return [];
    const since = new Date(Date.parse(fields.since) + 8 * 3_600_000).toISOString().slice(0, 16);
    return [`${action.slice(8)} ${ruleVersion} ${fields.level} ${since}`];
  });
}

describe.each([
  [
    'looked at every day',
    { ticks: ['2023-12-31T00:00:00', '2024-03-06T09:00:00', '2024-12-31T00:00:00'] },
  ],
  ['looked at once, long after', { ticks: ['2024-12-31T00:00:00'] }],
])('alerts two years old, %s', (_, when) => {
  const { run, files } = history(when);
  const keys = parsePolicy(policyOf(run.log));
  const verify = (of: Files) =>
    verifyBundle({ files: of, report: new Report() }, keys, nodeMachinery);

  it('were raised by the version of their time and the calendar of their time', () => {
    // 20 working days from 2024-02-01 end on 03-05 (time.md); with 03-04 and 03-05 off they end on 03-07.
    expect(said(run, 'N3')).toEqual([
      'raised OD-02@3 red 2024-03-06T00:00',
      'retracted OD-02@3 red 2024-03-06T00:00',
      'raised OD-02@3 red 2024-03-08T00:00',
    ]);
    // 20 working days from 2023-03-01 end on 03-29, from 2023-09-01 on 10-07: 09-29 to 10-06 are off, 10-07 is worked
    expect(said(run, 'N1')).toEqual(['raised OD-02@1 yellow 2023-03-30T00:00']);
    expect(said(run, 'N2').at(0)).toBe('raised OD-02@2 yellow 2023-10-08T00:00');
    expect(said(run, 'N2')).toHaveLength(2);
    expect(said(run, 'N4').map((one) => one.slice(0, 18))).toEqual(['raised OD-02@4 red']);
  });

  it('recompute to the same bytes, under four rule versions and two calendars', () => {
    const result = verify(files);
    expect(result.outcomes).toEqual([]);
    const statements = run.log.records.filter(({ leaf }) => leaf.includes('"action":"finding.'));
    expect(result.tally.findings).toBe(statements.length);
    expect(statements.length).toBeGreaterThanOrEqual(7);
    const versions = new Set(
      [...files].flatMap(([path, bytes]) =>
        path.startsWith('data/disclosures/')
          ? [String(JSON.parse(Buffer.from(bytes).toString()).calendarVersion ?? '')]
          : [],
      ),
    );
    expect([...versions].some((version) => version.includes('+'))).toBe(true);
    expect([...versions].some((version) => version !== '' && !version.includes('+'))).toBe(true);
  });

  it('are exported twice with the same bytes', () => {
    expect(Buffer.compare(zipOf(history(when).files), zipOf(files))).toBe(0);
  });

  it('do not recompute where the exporter left the second calendar out', () => {
    const other = new Map(files);
    other.set('data/calendar/references.json', Buffer.from(`${canonicalJson([])}\n`));
    const result = verify(seal(other));
    expect(result.exit).toBe(16);
    for (const { key } of result.outcomes) expect(key).toMatch(/^reevaluation\./);
    const places = result.outcomes.map(({ params }) => `${params.rule} ${params.case}`);
    expect(places).toContain('OD-02@3 feed-a/N3');
  });

  it('do not recompute where a version is left out or put in the place of another', () => {
    const other = new Map(files);
    const path = 'data/rules/index.json';
    const index = JSON.parse(Buffer.from(files.get(path) ?? []).toString());
    index.rules = index.rules.filter(({ version }: { version: number }) => version !== 3);
    other.set(path, Buffer.from(`${canonicalJson(index)}\n`));
    const result = verify(seal(other));
    expect(result.exit).toBe(16);
    const places = result.outcomes.filter(({ key }) => key === 'reevaluation.nothing');
    expect(places.length).toBeGreaterThanOrEqual(2);
    for (const { params } of places)
      expect(params).toMatchObject({ rule: 'OD-02@3', case: 'feed-a/N3' });
  });
});
