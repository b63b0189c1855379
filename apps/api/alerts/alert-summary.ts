import type { KnownCalendars } from '#core/calendar/published.js';
import type { Finding, Level } from '#core/finding.js';
import type { RuleSource } from '#core/rule/rule.js';
import { reasonSentence } from '#explanation/reason-sentence.js';
import type { City } from '#rulebook/city.js';
import type { AlertEntity } from '#store/entity/alert.entity.js';
import type { Language } from '../language/language.js';
import { codeText, dayText, instantText, sideOf, textOf } from '../language/texts.js';
import { judgingTime } from '../law/judging-time.js';
import { regionName, unitName } from '../law/names.js';
import type { Resources } from '../server/resources.js';
import type { AlertDto } from './alert.dto.js';
import { type AlertFacts, factsOf } from './alert-facts.js';
import { dueOn } from './alert-limit.js';

export interface FoundAlert {
  readonly alert: AlertEntity;
  readonly finding: Finding;
}

interface Surrounding {
  readonly city: City;
  readonly calendars: KnownCalendars;
  readonly language: Language;
}

/** Alerts with their reasons, names and limits in one language, in the given order. */
export async function summariesOf(
  resources: Pick<Resources, 'database' | 'settings' | 'law' | 'calendars'>,
  found: readonly FoundAlert[],
  language: Language,
): Promise<AlertDto[]> {
  const { database, settings, law } = resources;
  const [facts, { asOf }] = await Promise.all([
    factsOf(
      database.pool,
      found.map(({ alert }) => alert.alertId),
    ),
    judgingTime(resources),
  ]);
  const around = { city: settings.city, calendars: await resources.calendars.at(asOf), language };
  return found.map((one) => {
    const rule = law.rule(one.finding.ruleId, one.finding.ruleVersion);
    const known = facts.get(one.alert.alertId) ?? { itemName: null, raisedAt: null };
    return { ...summaryOf(one, rule, language), ...namesAndLimit(one.alert, known, around) };
  });
}

type NamesAndLimit = Pick<
  AlertDto,
  'regionName' | 'agencyName' | 'recipientName' | 'itemName' | 'dueOn' | 'dueText'
>;

function namesAndLimit(
  alert: AlertEntity,
  { itemName, raisedAt }: AlertFacts,
  { city, calendars, language }: Surrounding,
): NamesAndLimit {
  const due = dueOn(alert, raisedAt, calendars.in(alert.regionCode));
  const on = due === null ? null : dayText(due);
  return {
    regionName: regionName(city, alert.regionCode),
    agencyName: unitName(city, alert.agencyCode),
    recipientName: unitName(city, alert.recipientUnit),
    itemName,
    dueOn: on,
    dueText: on === null ? '—' : textOf(language, 'due.sign-for', { on }),
  };
}

function summaryOf(
  { alert, finding }: FoundAlert,
  rule: RuleSource | null,
  language: Language,
): Omit<AlertDto, keyof NamesAndLimit> {
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
