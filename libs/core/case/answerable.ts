import type { Event, Person } from '../event/event.js';
import type { Answerable } from '../finding.js';
import type { CaseView } from './case-view.js';

/**
 * Who answers for a finding (rules.md section 1): the responsible officer where the events name one, otherwise the unit.
 * The operator who pressed the key is never taken instead. The acting agency of the anchor answers for what happened at
 * a counter of another region (X12); the deciding agency for the rest.
 */
export function answerableFor(
  roles: readonly string[],
  view: CaseView,
  anchor: Event,
): readonly Answerable[] {
  return roles.map((role) => {
    const person = personFor(role, view, anchor);
    const unitCode = unitFor(role, view, anchor);
    return person === null
      ? { role, unitCode, staffNo: null }
      : { role, unitCode: unitCode === '' ? person.unitCode : unitCode, staffNo: person.staffNo };
  });
}

function personFor(role: string, view: CaseView, anchor: Event): Person | null {
  switch (role) {
    case 'handler':
    case 'reviewer':
    case 'step-responsible':
      return anchor.responsible ?? lastResponsible(view);
    case 'approver': {
      const own = anchor.data.approver as Person | null | undefined;
      const decided = view.first('approval.decided');
      return own ?? (decided?.data.approver as Person | null | undefined) ?? null;
    }
    case 'counter-clerk':
      return (view.first('approval.received') ?? anchor).responsible;
    default:
      return null;
  }
}

function lastResponsible(view: CaseView): Person | null {
  for (let index = view.events.length - 1; index >= 0; index -= 1) {
    const responsible = view.events[index]?.responsible ?? null;
    if (responsible !== null) return responsible;
  }
  return null;
}

function unitFor(role: string, view: CaseView, anchor: Event): string {
  if (role === 'consulted-unit') return String(anchor.data.consultedUnit ?? anchor.agencyCode);
  if (role === 'counter-clerk') return (view.first('approval.received') ?? anchor).agencyCode;
  if (role === 'data-owner') return anchor.agencyCode;
  return view.item?.agencyCode ?? anchor.agencyCode;
}
