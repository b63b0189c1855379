import { describe, expect, it } from '@jest/globals';
import { Client } from 'pg';
import { claimDue } from '#store/claim-cases.js';
import { StaleCaseError } from '#store/errors.js';
import { loadCases } from '#store/load-cases.js';
import { saveStep, saveStepIn } from '#store/save-step.js';
import { emptyStep } from '#store/step-to-save.js';
import { withTransaction } from '#store/transaction.js';
import { closeWriter, type Writer } from '#store/writer.js';
import { withDatabase } from '#test/env/database.js';
import {
  AT,
  monitorOf,
  raised,
  STORE,
  sampleAlert,
  sampleCase,
  sampleEvent,
  sampleFinding,
  toSave,
} from './sample-step.js';

/** A small generator with a seed, so that a failure can be run again. */
function randomFrom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/** Load, evaluate, save; where somebody else was first, again. Returns how often that was. */
async function saveUntilDone(
  writer: Writer,
  subjects: readonly string[],
  tag: string,
): Promise<number> {
  for (let stale = 0; ; stale += 1) {
    const loaded = await loadCases(
      writer.pool,
      writer,
      subjects.map((subject) => `feed-a/${subject}`),
    );
    const finding = sampleFinding(subjects[0] as string, { id: `f-${tag}` });
    try {
      await saveStep(writer, {
        ...emptyStep('monitor', AT),
        events: subjects.map((subject) => toSave(sampleEvent(subject, `${tag}-${subject}`), 0n)),
        cases: subjects.map((subject, index) => sampleCase(subject, loaded[index]?.version ?? 0)),
        changes: [{ caseId: finding.subject, change: raised(finding) }],
        alerts: [sampleAlert(finding)],
        coverage: [
          { source: `s${tag.length % 3}`, evaluatedThrough: AT, late: 1, quarantined: 0, at: AT },
        ],
      });
      return stale;
    } catch (error) {
      if (!(error instanceof StaleCaseError)) throw error;
    }
  }
}

describe('writers at the same time', () => {
  it('lose no update and never wait for each other in a circle, whatever cases their batches share', async () => {
    await withDatabase(STORE, async (url) => {
      const writers = [monitorOf(url), monitorOf(url), monitorOf(url)];
      const touched = new Map<string, number>();
      const rounds = 25;
      const stale = await Promise.all(
        writers.map(async (writer, index) => {
          const random = randomFrom(index + 1);
          let times = 0;
          for (let round = 0; round < rounds; round += 1) {
            const subjects = [...new Set(Array.from({ length: 8 }, () => `R${random(20)}`))];
            for (const subject of subjects) touched.set(subject, (touched.get(subject) ?? 0) + 1);
            times += await saveUntilDone(writer, subjects, `${index}-${round}`);
          }
          return times;
        }),
      );
      const admin = new Client({ connectionString: url });
      await admin.connect();
      const cases = await admin.query<{
        case_id: string;
        version: number;
        events: number;
        records: number;
        top: number;
        audit_seq: number;
      }>(
        `select c.case_id, c.version, c.audit_seq::int as audit_seq,
           (select count(*)::int from event e where e.case_id = c.case_id) as events,
           (select count(*)::int from audit_record r where r.entity = 'case:' || c.case_id) as records,
           (select count(distinct entity_seq)::int from audit_record r where r.entity = 'case:' || c.case_id) as top
         from case_state c`,
      );
      for (const row of cases.rows) {
        const times = touched.get(row.case_id.replace('feed-a/', ''));
        expect(row).toMatchObject({
          version: times,
          events: times,
          audit_seq: row.records,
          top: row.records,
        });
      }
      expect(cases.rows).toHaveLength(touched.size);
      const broken = await admin.query(
        `select a.id from audit_record a left join audit_record b on b.entity = a.entity and b.entity_seq = a.entity_seq - 1
         where a.entity is not null and a.prev is distinct from b.leaf_hash`,
      );
      expect(broken.rows).toEqual([]);
      const late = await admin.query(
        "select sum(late)::int as late from source_coverage where known_to = 'infinity'",
      );
      expect(late.rows).toEqual([{ late: writers.length * rounds }]);
      const deadlocks = await admin.query(
        'select deadlocks::int from pg_stat_database where datname = current_database()',
      );
      expect(deadlocks.rows).toEqual([{ deadlocks: 0 }]);
      expect(stale.reduce((sum, times) => sum + times, 0)).toBeGreaterThan(0);
      await admin.end();
      for (const writer of writers) await closeWriter(writer);
    });
  });

  it('claim due cases oldest first, each only once, and not before they are due', async () => {
    await withDatabase(STORE, async (url) => {
      const writer = monitorOf(url);
      const subjects = Array.from(
        { length: 30 },
        (_, index) => `D${String(index).padStart(2, '0')}`,
      );
      await saveStep(writer, {
        ...emptyStep('monitor', AT),
        cases: subjects.map((subject, index) =>
          sampleCase(subject, 0, { nextDueAt: index === 29 ? null : AT + (index % 15) }),
        ),
      });
      const firstClaims = await Promise.all(
        [1, 2].map(() =>
          withTransaction(writer, async (client) => {
            const claimed = await claimDue(client, 8, AT + 9);
            const loaded = await loadCases(client, writer, claimed, { lock: true });
            await saveStepIn(client, writer, {
              ...emptyStep('monitor', AT),
              cases: loaded.map((each) =>
                sampleCase(each.caseId.replace('feed-a/', ''), each.version, { nextDueAt: null }),
              ),
            });
            return claimed;
          }),
        ),
      );
      const claimed = firstClaims.flat();
      expect(new Set(claimed).size).toBe(claimed.length);
      expect(claimed).toHaveLength(16);
      // 20 of the 30 are due by AT + 9; the 16 claimed are the oldest: due at AT … AT + 7
      const dueAt = (caseId: string) => Number(caseId.slice(-2)) % 15;
      expect(Math.max(...claimed.map(dueAt))).toBe(7);
      const rest = await withTransaction(writer, (client) => claimDue(client, 100, AT + 9));
      expect(rest.map(dueAt)).toEqual([8, 8, 9, 9]);
      await closeWriter(writer);
    });
  });
});
