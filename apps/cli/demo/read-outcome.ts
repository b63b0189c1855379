import { Client } from 'pg';
import type { Finding } from '#core/finding.js';

/** What the run left in the database. */
export interface Outcome {
  readonly events: number;
  readonly cases: number;
  readonly findings: Readonly<Record<string, number>>;
  readonly alerts: number;
  readonly held: number;
  readonly retracted: number;
  readonly quarantined: number;
  /** Messages that were sent, and those that still wait in the outbox. */
  readonly sent: number;
  readonly unsent: number;
}

export interface SavedFinding {
  readonly ruleId: string;
  readonly subject: string;
  readonly occurrence: string;
  readonly level: string;
  readonly since: string;
  readonly until: string | null;
  readonly evidence: readonly { readonly source: string; readonly id: string }[];
}

/** Where the monitors stand: the least instant that all partitions were read through, and what is due before it. */
export interface Standing {
  readonly saved: number;
  readonly readThrough: number | null;
  readonly due: number;
  readonly releasable: number;
  /** Messages that wait in the outbox. */
  readonly unsent: number;
}

export async function withDatabase<T>(
  url: string,
  work: (client: Client) => Promise<T>,
): Promise<T> {
  const client = new Client({ connectionString: url });
  // A connection that breaks is reported by the query as well.
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

export async function readStanding(
  client: Client,
  topic: string,
  partitions: number,
): Promise<Standing> {
  const { rows } = await client.query<{
    saved: string;
    partitions: number;
    through: Date | null;
    due: string;
    releasable: string;
    unsent: string;
  }>(
    `with p as (select count(*)::int as n, min(consumed_through) as through, sum(next_offset) as saved from stream_position where topic = $1)
     select coalesce(p.saved, 0) as saved, p.n as partitions, p.through,
       (select count(*) from case_state where next_due_at <= p.through) as due,
       (select count(*) from alert_hold h where not exists (
          select 1 from alert_hold o left join source_coverage c on c.source = o.source and c.known_to = 'infinity'
          where o.alert_id = h.alert_id and (c.evaluated_through is null or least(c.evaluated_through, c.gap_from) < o.until))) as releasable,
       (select count(*) from outbox where sent_at is null) as unsent
     from p`,
    [topic],
  );
  const row = rows[0];
  const through = row?.partitions === partitions ? (row.through?.getTime() ?? null) : null;
  return {
    saved: Number(row?.saved ?? 0),
    readThrough: through,
    due: Number(row?.due ?? 0),
    releasable: Number(row?.releasable ?? 0),
    unsent: Number(row?.unsent ?? 0),
  };
}

export async function readOutcome(client: Client): Promise<Outcome> {
  const one = async (sql: string) =>
    Number((await client.query<{ n: string }>(sql)).rows[0]?.n ?? 0);
  const levels = await client.query<{ level: string; n: string }>(
    "select level, count(*) as n from finding where state <> 'retracted' group by level order by level",
  );
  return {
    events: await one('select count(*) as n from event'),
    cases: await one('select count(*) as n from case_state'),
    findings: Object.fromEntries(levels.rows.map((row) => [row.level, Number(row.n)])),
    alerts: await one(
      'select count(*) as n from alert where not held and not retracted and grouped_into is null',
    ),
    held: await one('select count(*) as n from alert where held'),
    retracted: await one('select count(*) as n from alert where retracted'),
    quarantined: await one('select count(*) as n from quarantine'),
    sent: await one('select count(*) as n from outbox where sent_at is not null'),
    unsent: await one('select count(*) as n from outbox where sent_at is null'),
  };
}

/** Findings that stand, in the form that `score` reads. */
export async function readFindings(client: Client): Promise<SavedFinding[]> {
  const { rows } = await client.query<{ body: string }>(
    `select h.body from finding f
     join finding_change h on h.finding_id = f.finding_id and h.change_no = f.change_no
     where f.state <> 'retracted' order by f.case_id, f.rule_id, f.occurrence`,
  );
  return rows.map(({ body }) => {
    const finding = JSON.parse(body) as Finding;
    const { ruleId, subject, occurrence, level, evidence } = finding;
    return {
      ruleId,
      subject,
      occurrence,
      level,
      since: new Date(finding.since).toISOString(),
      until: finding.until === null ? null : new Date(finding.until).toISOString(),
      evidence,
    };
  });
}
