import type { PoolClient } from 'pg';
import { AuditTrail } from './audit-trail.js';
import { type LockedCase, lockCases } from './lock-cases.js';
import { saveAlerts } from './save-alerts.js';
import { saveCases } from './save-cases.js';
import { recordGaps, saveCoverage } from './save-coverage.js';
import { type EventRow, eventRows, recordEvent, saveEvents } from './save-events.js';
import { type ChangeRow, changeRows, recordChange, saveFindings } from './save-findings.js';
import { saveMessages } from './save-messages.js';
import { ensureMonths } from './save-months.js';
import { recordMoved, saveMoved } from './save-moved.js';
import { savePosition } from './save-position.js';
import { saveQuarantine } from './save-quarantine.js';
import { saveReferences } from './save-references.js';
import { saveTouched } from './save-touched.js';
import type { ChangeToSave, MovedToSave, StepToSave } from './step-to-save.js';
import { saveTouchedRegions } from './touch-regions.js';
import { withTransaction } from './transaction.js';
import type { Writer } from './writer.js';

/** What a step left behind. */
export interface SavedStep {
  readonly events: number;
  readonly changes: number;
  readonly alerts: number;
  readonly auditRecords: number;
}

/**
 * The only writer. Saves everything a step says in one transaction, or nothing: the stream position by compare-and-set,
 * events with their identities, case versions, finding changes, alert events, quarantine, reference facts, coverage,
 * outbox and one audit record for each of them. On serialization failure or deadlock it runs again and writes the same.
 *
 * Throws StalePositionError, StaleCaseError or KnownEventError where somebody else was first (load and evaluate again),
 * InconsistentStepError where the step contradicts itself, or the database's own error. After a connection lost during
 * the commit the outcome is unknown; saving the same step again is refused by its position or its versions if it was
 * saved.
 */
export async function saveStep(writer: Writer, step: StepToSave): Promise<SavedStep> {
  await ensureMonths(writer, step);
  return withTransaction(writer, (client) => saveStepIn(client, writer, step));
}

/** saveStep inside a transaction that the caller opened with withTransaction, after claiming or locking rows there. */
export async function saveStepIn(
  client: PoolClient,
  writer: Writer,
  given: StepToSave,
): Promise<SavedStep> {
  const step = inOrderOfRecord(given);
  await ensureMonths(writer, step);
  if (step.stream !== null) await savePosition(client, step.stream);
  const cases = await lockCases(client, writer, step.cases);
  const trail = new AuditTrail({
    time: step.savedAt,
    actor: step.actor,
    tenant: step.tenant,
    traceId: step.traceId,
  });
  const eventsOf = eventRows(step.events, { cases, tenant: step.tenant });
  const changesOf = await changeRows(client, step, cases);
  recordInOrder({ step, eventsOf, changesOf, cases, trail });
  const events = await saveEvents(
    client,
    eventsOf.filter((row) => row !== null),
  );
  await saveMoved(client, step, cases);
  const changes = await saveFindings(client, changesOf, step.tenant);
  const alerts = await saveAlerts(client, step, { cases, trail });
  await saveCases(client, cases, { events: step.events, moved: step.moved, tenant: step.tenant });
  await saveQuarantine(client, step, trail);
  await saveReferences(client, step.references, step.tenant);
  await saveTouched(
    client,
    step.touchedItems,
    step.cases.map((saved) => saved.caseId),
  );
  await saveTouchedRegions(client, step.touchedRegions);
  await saveMessages(client, step);
  recordGaps(step.coverage, trail);
  await trail.write(client);
  await saveCoverage(client, step.coverage, step.tenant);
  return { events, changes, alerts, auditRecords: trail.count };
}

/**
 * The step with its changes as they are recorded, which is how recordInOrder reads them and changeRows numbers them. An
 * event that reaches two cases is taken into one after the other: what had fallen due in the second comes behind what
 * the event changed in the first.
 */
function inOrderOfRecord(step: StepToSave): StepToSave {
  const { changes, moved } = step;
  return { ...step, changes: byPlace(changes), moved: byPlace(moved) };
}

function byPlace<T extends { readonly afterEvents?: number }>(all: readonly T[]): readonly T[] {
  return all.toSorted((a, b) => placeOf(a) - placeOf(b));
}

function placeOf({ afterEvents = Number.MAX_SAFE_INTEGER }: { readonly afterEvents?: number }) {
  return afterEvents;
}

/**
 * Enters events, what they move to other cases, and finding changes into the chains of their cases, each change between the events where it belongs:
 * the chain of a case is the same whichever events and ticks were saved together.
 */
function recordInOrder({
  step,
  eventsOf,
  changesOf,
  cases,
  trail,
}: {
  readonly step: StepToSave;
  readonly eventsOf: readonly (EventRow | null)[];
  readonly changesOf: readonly ChangeRow[];
  readonly cases: ReadonlyMap<string, LockedCase>;
  readonly trail: AuditTrail;
}): void {
  let next = 0;
  let nextMoved = 0;
  const recordMovedUntil = (before: number) => {
    for (; nextMoved < step.moved.length; nextMoved += 1) {
      const moved = step.moved[nextMoved] as MovedToSave;
      if (moved.afterEvents > before) return;
      recordMoved(trail, moved, cases.get(moved.caseId) as LockedCase);
    }
  };
  const recordChanges = (before: number) => {
    for (; next < changesOf.length; next += 1) {
      const row = changesOf[next] as ChangeRow;
      if (placeOf(step.changes[next] as ChangeToSave) > before) return;
      recordChange(trail, row, cases.get(row.caseId) as LockedCase);
    }
  };
  eventsOf.forEach((row, index) => {
    recordChanges(index);
    if (row !== null) recordEvent(trail, row, cases.get(row.saved.event.caseId));
    recordMovedUntil(index + 1);
  });
  recordChanges(Number.POSITIVE_INFINITY);
}
