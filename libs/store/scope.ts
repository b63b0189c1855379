import type { Event, Person } from '#core/event/event.js';
import type { Finding } from '#core/finding.js';
import type { AlertAfter, CaseToSave } from './step-to-save.js';

/** Who may see a row: written on every row that a person may see, by the one writer. */
export interface Scope {
  readonly regionCode: string;
  /** Agency, and below it the unit: `agencyCode` or `agencyCode/unitCode`. */
  readonly unitPath: string;
  /** `unitCode/staffNo` of everyone it is about (staff numbers are unique only within their unit). */
  readonly subjectPersons: readonly string[];
  readonly recipientUnit: string;
  readonly sharedSpace: boolean;
}

function unitPath(agencyCode: string, unitCode: string | null): string {
  return unitCode === null || unitCode === agencyCode ? agencyCode : `${agencyCode}/${unitCode}`;
}

const personKey = (person: { unitCode: string; staffNo: string }): string =>
  `${person.unitCode}/${person.staffNo}`;

/** An event is about its responsible person; the operator is never accused by default (events.md section 1). */
export function scopeOfEvent(event: Event): Scope {
  const responsible: Person | null = event.responsible;
  return {
    regionCode: event.regionCode,
    unitPath: unitPath(event.agencyCode, responsible?.unitCode ?? null),
    subjectPersons: responsible === null ? [] : [personKey(responsible)],
    recipientUnit: event.agencyCode,
    sharedSpace: true,
  };
}

export function scopeOfCase(saved: CaseToSave): Scope {
  return {
    regionCode: saved.regionCode,
    unitPath: saved.agencyCode,
    subjectPersons: [],
    recipientUnit: saved.agencyCode,
    sharedSpace: true,
  };
}

/** Leads are seen by discipline reviewers only and so never stand on the shared platform. */
export function scopeOfFinding(finding: Finding, inCase: CaseToSave): Scope {
  const first = finding.answerable[0];
  return {
    regionCode: inCase.regionCode,
    unitPath: unitPath(inCase.agencyCode, first?.unitCode ?? null),
    subjectPersons: finding.answerable.flatMap(({ unitCode, staffNo }) =>
      staffNo === null ? [] : [personKey({ unitCode, staffNo })],
    ),
    recipientUnit: first?.unitCode ?? inCase.agencyCode,
    sharedSpace: finding.level !== 'lead',
  };
}

export function scopeOfAlert(after: AlertAfter): Scope {
  return {
    regionCode: after.regionCode,
    unitPath: unitPath(after.agencyCode, after.recipientUnit),
    subjectPersons: after.subjectPersons,
    recipientUnit: after.recipientUnit,
    sharedSpace: after.sharedSpace,
  };
}
