import { withDatabase } from '../../apps/cli/demo/read-outcome.js';
import type { Stage } from './site.js';
import type { Snapshot, Trace } from './snapshot.js';

/** One entity that two runs left differently. */
export interface Difference {
  readonly kind: string;
  readonly key: string;
  readonly caseId: string | null;
  /** First line that differs, in the one run and in the other; null where that run has none. */
  readonly lines: readonly [string | null, string | null];
}

/** Every entity that the two runs did not leave alike. */
export function compareSnapshots(one: Snapshot, other: Snapshot): Difference[] {
  const differences: Difference[] = [];
  for (const [kind, left] of one) {
    const right = other.get(kind) ?? new Map<string, Trace>();
    for (const key of new Set([...left.keys(), ...right.keys()])) {
      const [a, b] = [left.get(key), right.get(key)];
      const place = firstDifference(a?.lines ?? [], b?.lines ?? []);
      if (place === null) continue;
      const lines = [a?.lines[place] ?? null, b?.lines[place] ?? null] as const;
      differences.push({ kind, key, caseId: a?.caseId ?? b?.caseId ?? null, lines });
    }
  }
  return differences;
}

function firstDifference(a: readonly string[], b: readonly string[]): number | null {
  for (let place = 0; place < Math.max(a.length, b.length); place += 1)
    if (a[place] !== b[place]) return place;
  return null;
}

/** How many entities of each kind were compared. */
export function sizesOf(snapshot: Snapshot): Record<string, number> {
  return Object.fromEntries([...snapshot].map(([kind, traces]) => [kind, traces.size]));
}

export function countByKind(differences: readonly Difference[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { kind } of differences) counts[kind] = (counts[kind] ?? 0) + 1;
  return counts;
}

/** The first differences for people: what differs, and what happened to the case in either run. */
export async function describeDifferences(
  differences: readonly Difference[],
  stages: readonly [Stage, Stage],
  limit = 20,
): Promise<string> {
  const parts: string[] = [];
  const told = new Set<string>();
  for (const { kind, key, caseId, lines } of inTurn(differences).slice(0, limit)) {
    parts.push(`=== ${kind} ${key}\n${shown(lines)}`);
    if (caseId === null || told.has(caseId)) continue;
    told.add(caseId);
    for (const stage of stages)
      parts.push(`--- case ${caseId}, ${stage.name}\n${await timeline(stage, caseId)}`);
  }
  if (differences.length > limit)
    parts.push(`… and ${differences.length - limit} more differences`);
  return parts.join('\n');
}

/** The first of every kind, then the second of every kind, and so on. */
function inTurn(differences: readonly Difference[]): Difference[] {
  const seen: Record<string, number> = {};
  const turns = differences.map((difference) => {
    const turn = seen[difference.kind] ?? 0;
    seen[difference.kind] = turn + 1;
    return { turn, difference };
  });
  return turns.sort((a, b) => a.turn - b.turn).map(({ difference }) => difference);
}

/** Two texts from a little before the place where they part. */
function shown([a, b]: readonly [string | null, string | null]): string {
  let place = 0;
  while (a !== null && b !== null && place < a.length && a[place] === b[place]) place += 1;
  const from = a === null || b === null ? 0 : Math.max(0, place - 60);
  const cut = (text: string | null) =>
    text === null ? '(nothing)' : `${from > 0 ? '…' : ''}${text.slice(from, from + 260)}`;
  return `  undisturbed: ${cut(a)}\n  disturbed:   ${cut(b)}`;
}

async function timeline(stage: Stage, caseId: string): Promise<string> {
  const { rows } = await withDatabase(stage.databaseUrl, (client) =>
    client.query<{ line: string }>(TIMELINE, [caseId]),
  );
  return rows.map(({ line }) => `  ${line}`).join('\n');
}

const TIMELINE = `
  select line from (
    select received_at as at, 0 as place, "offset" as n,
      to_char(received_at, 'YYYY-MM-DD HH24:MI:SS') || ' event ' || type || ' ' || event_id || ' (occurred ' ||
      to_char(occurred_at, 'YYYY-MM-DD HH24:MI:SS') || ', offset ' || "offset" || ')' as line
    from event where case_id = $1
    union all
    select h.at, 1, h.entity_seq, to_char(h.at, 'YYYY-MM-DD HH24:MI:SS') || ' finding ' || h.kind || ' ' || f.rule_id || ' ' ||
      h.level || ' ' || left(h.finding_id, 8) || ' (number ' || h.entity_seq || ' of the case, saved ' ||
      to_char(h.saved_at, 'YYYY-MM-DD HH24:MI:SS') || ')'
    from finding_change h join finding f on f.finding_id = h.finding_id where h.case_id = $1
    union all
    select e.at, 2, e.event_no, to_char(e.at, 'YYYY-MM-DD HH24:MI:SS') || ' alert ' || e.kind || ' ' || a.rule_id || ' ' || e.level ||
      ' ' || e.state || coalesce(' (' || e.reason || ')', '') || ' of ' || left(a.finding_id, 8) || ', saved ' ||
      to_char(e.saved_at, 'YYYY-MM-DD HH24:MI:SS')
    from alert_event e join alert a on a.alert_id = e.alert_id where a.case_id = $1
  ) t order by at, place, n`;
