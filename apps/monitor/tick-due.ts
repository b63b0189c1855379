import type { PoolClient } from 'pg';
import type { AlertChange } from '#core/alert/alert.js';
import type { Instant } from '#core/event/event.js';
import type { FindingChange } from '#core/finding.js';
import { takeTick, type WorkCase } from '#core/work-case.js';
import { claimDue, claimReleasable } from '#store/claim-cases.js';
import { StaleCaseError } from '#store/errors.js';
import { ensureMonths } from '#store/save-months.js';
import { saveStepIn } from '#store/save-step.js';
import { emptyStep } from '#store/step-to-save.js';
import { withTransaction } from '#store/transaction.js';
import { caseToSave, type MonitorTools } from './handle-batch.js';
import { loadWork } from './load-work.js';
import { alertMessage } from './outgoing.js';

export interface TickOutcome {
  readonly cases: number;
  readonly changes: number;
  readonly alerts: number;
}

const NOTHING: TickOutcome = { cases: 0, changes: 0, alerts: 0 };

/**
 * Brings forward up to `limit` cases that are due by `upTo`, oldest first, in one transaction. `upTo` must not lie
 * beyond what every partition was read and saved through, so that our own lag accuses nobody. A crash before the
 * commit leaves the cases due; several monitors never take the same case.
 */
export function tickDue(upTo: Instant, tools: MonitorTools, limit: number): Promise<TickOutcome> {
  return tick(upTo, tools, (client) => claimDue(client, limit, upTo));
}

/** The same for cases whose held alerts waited for coverage that a source's lane has now reached. */
export function releaseCovered(
  upTo: Instant,
  tools: MonitorTools,
  lane: { readonly source: string; readonly coveredThrough: Instant; readonly limit: number },
): Promise<TickOutcome> {
  return tick(upTo, tools, (client) => claimReleasable(client, lane));
}

async function tick(
  upTo: Instant,
  tools: MonitorTools,
  claim: (client: PoolClient) => Promise<string[]>,
): Promise<TickOutcome> {
  let works: WorkCase[] = [];
  let cached: ReadonlySet<string> = new Set();
  const savedAt = tools.time.fromHeader ? upTo : tools.time.now();
  try {
    // Before the transaction: inside it a new month would ask for a second connection, which every other may be waiting for.
    await ensureMonths(tools.writer, emptyStep(tools.actor, savedAt));
    const outcome = await withTransaction(tools.writer, async (client) => {
      works = [];
      const caseIds = await claim(client);
      if (caseIds.length === 0) return NOTHING;
      cached = new Set(caseIds.filter((caseId) => tools.cache.has(caseId)));
      // After the claim: a fact that made these cases due is committed by now.
      await tools.laws.refresh(client);
      const lawAt = (knownAt: Instant) => tools.laws.at(knownAt);
      const loaded = await loadWork(caseIds, new Map(), {
        client,
        writer: tools.writer,
        cache: tools.cache,
        laws: tools.laws,
        now: upTo,
      });
      works = [...loaded.values()];
      const changes: { caseId: string; change: FindingChange }[] = [];
      const alerts: AlertChange[] = [];
      for (const work of works) {
        const taken = takeTick(work, upTo, lawAt(Math.max(upTo, work.state.asOf)), tools.lanes.of);
        for (const change of taken.changes) changes.push({ caseId: work.caseId, change });
        alerts.push(...taken.alerts);
      }
      await saveStepIn(client, tools.writer, {
        ...emptyStep(tools.actor, savedAt),
        cases: works.map((work) => caseToSave(work)),
        changes,
        alerts,
        messages: alerts.flatMap((change) => alertMessage(change, savedAt)),
      });
      return { cases: works.length, changes: changes.length, alerts: alerts.length };
    });
    for (const work of works) {
      work.version += 1;
      if (cached.has(work.caseId) || isAwaited(work)) tools.cache.keep(work);
    }
    return outcome;
  } catch (error) {
    if (error instanceof StaleCaseError) return NOTHING;
    throw error;
  }
}

/**
 * True for a case that comes again as soon as its sources are covered. Any other that nobody had in hand before its tick
 * is due again in hours or days: it would only drive out cases whose events are arriving.
 */
function isAwaited(work: WorkCase): boolean {
  return work.waiting || work.alerts.areWaiting();
}
