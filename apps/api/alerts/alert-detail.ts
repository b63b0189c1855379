import type { Explanation, Finding } from '#core/finding.js';
import type { RuleSource } from '#core/rule/rule.js';
import { explainTree } from '#explanation/explain-tree.js';
import { type AlertDetail, AlertRepository } from '#store/alert.repository.js';
import { CaseRepository, type CaseTimeline } from '#store/case.repository.js';
import type { AlertEventEntity } from '#store/entity/alert-event.entity.js';
import { effectiveKeys, eventDto } from '../cases/event.dto.js';
import { auditRecordDto, findingChangeDto } from '../cases/history.dto.js';
import type { Language } from '../language/language.js';
import { codeText, instantText, sideOf, textOf } from '../language/texts.js';
import type { Resources } from '../server/resources.js';
import type { AlertDto } from './alert.dto.js';
import type { AlertDetailDto, AlertEventDto, EvidenceDto } from './alert-detail.dto.js';
import { findingsById } from './alert-list.js';
import { summariesOf } from './alert-summary.js';
import { type ExaminedExceptionDto, ruleText } from './rule-text.js';

/** Everything about one alert in one language, or null where there is none of that id. */
export async function alertDetail(
  resources: Pick<Resources, 'database' | 'settings' | 'law' | 'calendars'>,
  alertId: string,
  language: Language,
): Promise<AlertDetailDto | null> {
  const { database, law } = resources;
  const { source } = database;
  const detail = await new AlertRepository(source).byId(alertId);
  if (detail === null) return null;
  const timeline = await new CaseRepository(source, database.keys).timeline(detail.alert.caseId);
  const otherFindings = await findingsById(
    source,
    detail.othersOfCase.map((other) => other.findingId),
  );
  const { finding } = detail;
  const rule = law.rule(finding.ruleId, finding.ruleVersion);
  const othersFound = detail.othersOfCase.flatMap((alert) => {
    const its = otherFindings.get(alert.findingId);
    return its === undefined ? [] : [{ alert, finding: its }];
  });
  const [own, ...others] = await summariesOf(resources, [detail, ...othersFound], language);
  return {
    ...aboutFinding(finding, rule, language),
    alert: own as AlertDto,
    disclaimer: textOf(language, 'alert.disclaimer'),
    evidence: evidenceOf(finding, timeline, language),
    erased: timeline?.erased ?? false,
    ...histories(detail, law, language),
    others,
  };
}

function aboutFinding(finding: Finding, rule: RuleSource | null, language: Language) {
  return {
    explanation: explainTree(finding.explanation, rule, language),
    rule: ruleText({ id: finding.ruleId, version: finding.ruleVersion }, rule, language),
    exceptions: exceptionsOf(finding.explanation, rule, language),
    answerable: finding.answerable.map((one) => ({
      ...one,
      roleText: codeText(language, 'role', one.role),
    })),
    calendarVersion: finding.calendarVersion,
    referenceVersions: [...finding.referenceVersions],
    inputsDigest: finding.inputsDigest,
    restsOnAbsenceUntil: instantText(finding.restsOnAbsenceUntil),
  };
}

function histories(detail: AlertDetail, law: Resources['law'], language: Language) {
  return {
    findingHistory: detail.findingHistory.map((entry) =>
      findingChangeDto(entry, law.rule(entry.finding.ruleId, entry.finding.ruleVersion), language),
    ),
    history: detail.events.map((event) => alertEvent(event, language)),
    auditRecords: detail.auditRecords.map(auditRecordDto),
  };
}

function alertEvent(event: AlertEventEntity, language: Language): AlertEventDto {
  return {
    eventNo: event.eventNo,
    revision: event.revision,
    kind: event.kind,
    kindText: codeText(language, 'change', event.kind),
    at: event.at.toISOString(),
    savedAt: event.savedAt.toISOString(),
    actor: event.actor,
    reason: event.reason,
    reasonText: event.reason === null ? null : codeText(language, 'gate', event.reason),
    level: event.level,
    state: event.state,
  };
}

function exceptionsOf(
  explanation: Explanation,
  rule: RuleSource | null,
  language: Language,
): ExaminedExceptionDto[] {
  const examined = (explanation.children ?? []).filter(({ key }) => key === 'exception');
  return examined.map(({ params }) => {
    const code = String(params.code ?? '');
    const by = String(params.by ?? '');
    const written = rule?.exceptions.find((one) => one.code === code);
    return {
      code,
      by,
      text: written === undefined ? code : sideOf(written.text, language),
      result: codeText(language, 'by', by),
    };
  });
}

function evidenceOf(
  finding: Finding,
  timeline: CaseTimeline | null,
  language: Language,
): EvidenceDto[] {
  const entries = timeline?.entries ?? [];
  const effective = effectiveKeys(
    entries.map(({ event }) => event),
    finding.subject,
  );
  return finding.evidence.map(({ source, id }) => ({
    source,
    id,
    versions: entries
      .filter(({ event }) => event.source === source && event.id === id)
      .map((entry) => eventDto(entry, effective, language)),
  }));
}
