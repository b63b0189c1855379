import type { Finding, Level } from '#core/finding.js';
import type { RuleSource } from '#core/rule/rule.js';
import type { AlertEntity } from '#store/entity/alert.entity.js';
import { reasonSentence } from '../explanation/reason-sentence.js';
import type { Language } from '../language/language.js';
import { codeText, instantText, sideOf } from '../language/texts.js';
import type { AlertDto } from './alert.dto.js';

/** An alert with its reason, in one language. */
export function summaryOf(
  { alert, finding }: { readonly alert: AlertEntity; readonly finding: Finding },
  rule: RuleSource | null,
  language: Language,
): AlertDto {
  return {
    alertId: alert.alertId,
    findingId: alert.findingId,
    caseId: alert.caseId,
    level: alert.level as Level,
    levelText: codeText(language, 'level', alert.level),
    state: alert.state,
    stateText: codeText(language, 'alert-state', alert.state),
    held: alert.held,
    ended: alert.ended,
    retracted: alert.retracted,
    groupedInto: alert.groupedInto,
    revision: alert.revision,
    ruleId: alert.ruleId,
    ruleVersion: alert.ruleVersion,
    ruleName: rule === null ? alert.ruleId : sideOf(rule.name, language),
    reason: reasonSentence(finding, rule, language),
    since: instantText(finding.since),
    until: instantText(finding.until),
    firstAt: alert.firstAt.toISOString(),
    changedAt: alert.changedAt.toISOString(),
    regionCode: alert.regionCode,
    agencyCode: alert.agencyCode,
    unitPath: alert.unitPath,
    recipientUnit: alert.recipientUnit,
    subjectPersons: alert.subjectPersons,
    itemCode: alert.itemCode,
    isTest: alert.isTest,
  };
}
