import type { Event } from '../event/event.js';
import type { CaseView } from './case-view.js';

/** A material as an event lists it (events.md section 1). */
export interface Material {
  readonly code: string;
  readonly name: string;
  readonly required: boolean | null;
  readonly form: string | null;
  readonly status: string | null;
  readonly dueOn: string | null;
}

const HANDED_IN = [
  'approval.applied',
  'approval.received',
  'approval.accepted',
  'approval.supplemented',
];

/** Materials that the agency held before `event`: handed in with status received, or shared by the catalogue. Latest wins. */
export function materialsHeldBefore(view: CaseView, event: Event): Material[] {
  const held = new Map<string, Material>();
  for (const material of view.item?.materials ?? [])
    if (material.source === 'shared')
      held.set(material.code, {
        code: material.code,
        name: material.name,
        required: material.required,
        form: 'shared',
        status: 'received',
        dueOn: null,
      });
  for (const listed of statusesUntil(view, event, false))
    if (listed.status === 'received') held.set(listed.code, listed);
  return [...held.values()];
}

/** Codes of catalogue materials that are required, not shared, and missing (or never listed) at `event`. */
export function missingRequired(view: CaseView, event: Event): string[] {
  const latest = new Map<string, string | null>();
  for (const listed of statusesUntil(view, event, true)) latest.set(listed.code, listed.status);
  const missing: string[] = [];
  for (const material of view.item?.materials ?? []) {
    if (!material.required || material.source === 'shared') continue;
    const status = latest.get(material.code);
    if (status === undefined || status === 'missing') missing.push(material.code);
  }
  return missing;
}

function statusesUntil(view: CaseView, event: Event, included: boolean): Material[] {
  const listed: Material[] = [];
  for (const one of view.events) {
    if (!HANDED_IN.includes(one.type)) continue;
    const earlier = one.occurredAt < event.occurredAt;
    if (!(earlier || (included && one.occurredAt === event.occurredAt))) continue;
    if (Array.isArray(one.data.materials)) listed.push(...(one.data.materials as Material[]));
  }
  return listed;
}
