import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { loadRulebook, packFolder } from '#rulebook/load-rules.js';
import { citySettings } from '#simulator/city-settings.js';
import { simulate } from '#simulator/simulate.js';
import { type BundleOf, type Files, makeBundle, type RuleText, seal } from './make-bundle.js';
import { CoreRun } from './run-core.js';
import { TestLog } from './test-log.js';

/** The rule files of a folder, with what each says it is. */
export function ruleTexts(folder: string): RuleText[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.yaml'))
    .sort()
    .map((name) => {
      const text = readFileSync(join(folder, name), 'utf8');
      const { id, version } = parse(text) as { id: string; version: number };
      return { ruleId: id, version, text };
    });
}

export interface CityBundle {
  readonly run: CoreRun;
  readonly files: Files;
  readonly caseIds: readonly string[];
  /** Another bundle of the same log, sealed, asked for by itself. */
  again(of: Pick<BundleOf, 'caseIds' | 'scope' | 'persons'>): Files;
}

/** The same event in the binary mode of CloudEvents: the attributes in headers, the data alone as the value. */
function inHeaders(value: string) {
  const { id, source, type, subject, time, data } = JSON.parse(value) as Record<string, string>;
  const headers = {
    ...{ ce_specversion: '1.0', ce_id: id, ce_source: source },
    ...{ ce_type: type, ce_subject: subject, ce_time: time },
  } as Record<string, string>;
  return { value: JSON.stringify(data), headers };
}

/** A bundle about the cases of a simulated city that have most findings, under the approval pack. */
export function cityBundle(of: {
  readonly seed: number;
  readonly cases: number;
  readonly about: number;
  readonly days?: number;
  /** Every so many events come with their attributes in headers; without it none. */
  readonly inHeaders?: number;
}): CityBundle {
  const options = { seed: of.seed, cases: of.cases, days: of.days ?? 5, startOn: '2025-03-03' };
  const { feeds, regions, asOf } = citySettings(options);
  const folder = packFolder('approval');
  const settings = {
    regions: new Map(regions.map((region) => [region.regionCode, region])),
    regionCodes: new Set(regions.map((region) => region.regionCode)),
  };
  const run = new CoreRun(new TestLog(), {
    rulebook: loadRulebook([folder]).rulebook,
    feeds,
    settings,
  });
  let count = 0;
  for (const { receivedAt, value } of simulate(options)) {
    count += 1;
    const isBinary = of.inHeaders !== undefined && count % of.inHeaders === 0;
    const record = isBinary ? inHeaders(value) : { value };
    run.take({ receivedAt: Date.parse(receivedAt), ...record });
  }
  run.tick(Date.parse(asOf));
  const findings = new Map<string, number>();
  for (const [index] of run.payloads) {
    const entity = run.log.records[index]?.entity ?? '';
    if (entity.startsWith('case:'))
      findings.set(entity.slice(5), (findings.get(entity.slice(5)) ?? 0) + 1);
  }
  const caseIds = [...findings]
    .sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1))
    .slice(0, of.about)
    .map(([caseId]) => caseId)
    .sort();
  const rules = ruleTexts(folder);
  const made = { run, rules, feeds, regions };
  const files = makeBundle({ ...made, caseIds });
  let requests = 1;
  const again: CityBundle['again'] = (other) => {
    requests += 1;
    return seal(makeBundle({ ...made, ...other, requestNo: `2026-000${requests}` }));
  };
  return { run, files: seal(files), caseIds, again };
}
