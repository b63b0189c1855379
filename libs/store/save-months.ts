import type { Instant } from '#core/event/event.js';
import type { StepToSave } from './step-to-save.js';
import type { Writer } from './writer.js';

function monthOf(at: Instant): string {
  return new Date(at).toISOString().slice(0, 7);
}

function monthsOf(step: StepToSave): Set<string> {
  const months = new Set([`audit_record ${monthOf(step.savedAt)}`]);
  let [from, to] = [0, 0];
  for (const { event, outcome } of step.events) {
    const at = event.receivedAt;
    if (outcome === 'duplicate' || (at >= from && at < to)) continue;
    const date = new Date(at);
    from = Date.UTC(date.getUTCFullYear(), date.getUTCMonth());
    to = Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1);
    months.add(`event ${monthOf(at)}`);
  }
  return months;
}

/**
 * Makes the month partitions that the step needs, in transactions of their own, before the step's begins. A crash here
 * leaves an empty partition, which the next step uses.
 */
export async function ensureMonths(writer: Writer, step: StepToSave): Promise<void> {
  for (const month of monthsOf(step)) {
    if (writer.knownMonths.has(month)) continue;
    const [table, name] = month.split(' ');
    await writer.pool.query('select ensure_month($1, $2::timestamptz)', [
      table,
      `${name}-01T00:00:00Z`,
    ]);
    writer.knownMonths.add(month);
  }
}
