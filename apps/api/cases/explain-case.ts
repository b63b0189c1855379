import type { Instant } from '#core/event/event.js';
import { type CaseState, restoreCase } from '#core/step.js';
import { laneOf } from '#core/work-case.js';
import { AlertRepository } from '#store/alert.repository.js';
import { CaseRepository, type CaseTimeline } from '#store/case.repository.js';
import { loadCoverage } from '#store/known-facts.js';
import { loadPositions } from '#store/stream-positions.js';
import type { Language } from '../language/language.js';
import { instantText } from '../language/texts.js';
import { regionName, unitName } from '../law/names.js';
import type { Database } from '../server/database.js';
import type { Resources } from '../server/resources.js';
import type { CaseDto, SourceCoverageDto } from './case.dto.js';
import { caseClocks } from './case-clocks.js';
import { effectiveKeys, eventDto } from './event.dto.js';
import { auditRecordDto, findingChangeDto } from './history.dto.js';
import { coverageSentence, ruleAnswers } from './rule-answers.js';

/** A case with its timeline, its clocks, and why alerts were or were not raised; null where there is none. */
export async function explainCase(
  { database, law, settings }: Resources,
  caseId: string,
  language: Language,
): Promise<CaseDto | null> {
  const { source, pool, keys } = database;
  const cases = new CaseRepository(source, keys);
  const timeline = await cases.timeline(caseId);
  if (timeline === null) return null;
  const [findings, alerts, gates, coverage, asOf] = await Promise.all([
    cases.findings(caseId),
    new AlertRepository(source).ofCase(caseId),
    gatesOf(database, caseId),
    coverageOf(pool, timeline),
    judgedThrough(pool, settings.topic, timeline),
  ]);
  const inForce = await law.at(asOf);
  const events = timeline.entries.map(({ event }) => event);
  const state: CaseState = restoreCase({ caseId, received: events, findings, asOf }, inForce);
  // A part of the facts would say of a rule, or of a clock, what is not so.
  const isFrozen = timeline.frozen !== null;
  const coverageText = coverageSentence(coverage, language);
  const effective = effectiveKeys(events, caseId);
  return {
    ...headOf(timeline),
    regionName: regionName(settings.city, timeline.state.regionCode),
    agencyName: unitName(settings.city, timeline.state.agencyCode),
    asOf: instantText(asOf),
    timeline: timeline.entries.map((entry) => eventDto(entry, effective, language)),
    clocks: isFrozen ? [] : caseClocks(state.view, asOf, language),
    coverage,
    coverageText,
    rules: ruleAnswers({
      law: inForce,
      state,
      findings,
      alerts,
      gates,
      coverageText,
      language,
    }).filter(({ outcome }) => !isFrozen || outcome === 'finding'),
    findingHistory: timeline.findingHistory.map((entry) =>
      findingChangeDto(entry, law.rule(entry.finding.ruleId, entry.finding.ruleVersion), language),
    ),
    auditRecords: timeline.auditRecords.map(auditRecordDto),
  };
}

function headOf({ state, erased }: CaseTimeline) {
  return {
    caseId: state.caseId,
    version: state.version,
    openState: state.openState,
    regionCode: state.regionCode,
    handlingRegionCode: state.handlingRegionCode,
    agencyCode: state.agencyCode,
    itemCode: state.itemCode,
    itemName: state.itemName,
    isTest: state.isTest,
    erased,
  };
}

/**
 * The instant that the answer speaks of: the clock, but never later than every partition was read to its end, so that
 * our own lag makes nothing look late; and never before the case was last judged.
 */
async function judgedThrough(
  pool: Database['pool'],
  topic: string,
  { state }: CaseTimeline,
): Promise<Instant> {
  const positions = await loadPositions(pool, topic);
  const judged = state.asOf.getTime();
  if (positions.length === 0) return judged;
  const consumed = Math.min(...positions.map(({ consumedThrough }) => consumedThrough));
  return Math.max(judged, Math.min(Date.now(), consumed));
}

/** Coverage of the sources of a case, in the lane that its records come from. */
async function coverageOf(
  pool: Database['pool'],
  { entries, state }: CaseTimeline,
): Promise<SourceCoverageDto[]> {
  const own = entries.find(({ event }) => event.caseId === state.caseId);
  const partition = (own ?? entries[0])?.partition;
  if (partition === undefined) return [];
  const known = new Map((await loadCoverage(pool)).map((one) => [one.source, one] as const));
  const sources = [...new Set(entries.map(({ event }) => event.source))].sort();
  return sources.map((source) => {
    const lane = known.get(laneOf(source, partition)) ?? known.get(source);
    return { source, evaluatedThrough: instantText(lane?.evaluatedThrough ?? null) };
  });
}

/** Why each alert of the case stands where it stands: the reason of its last event. */
async function gatesOf(
  { pool }: Database,
  caseId: string,
): Promise<ReadonlyMap<string, string | null>> {
  const found = await pool.query<{ alert_id: string; reason: string | null }>(
    `select a.alert_id, e.reason from alert a
     join lateral (
       select reason from alert_event e
       where e.alert_id = a.alert_id and e.kind in ('held', 'grouped', 'silenced', 'raised', 'released')
       order by e.event_no desc limit 1) e on true
     where a.case_id = $1`,
    [caseId],
  );
  return new Map(found.rows.map((row) => [row.alert_id, row.reason]));
}
