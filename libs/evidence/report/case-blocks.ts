import { createHash } from 'node:crypto';
import type { Finding } from '#core/finding.js';
import { codeText, eventName, sideOf } from '#explanation/texts.js';
import type { GatheredRecord } from '../gather/read-records.js';
import type { Block, Column } from './document.js';
import { fieldsText, personText, type Shown } from './shown.js';
import { timeText, word } from './words.js';

/** Records whose course is told one by one in a report; beyond that the files of the bundle tell it. */
export const MOST_TOLD = 2_500;

const TIMELINE: readonly Column[] = [
  { title: word('timeline.seq'), share: 4 },
  { title: word('timeline.occurred'), share: 9 },
  { title: `${word('timeline.recorded')}\n${word('timeline.received')}`, share: 9 },
  { title: word('timeline.what'), share: 10 },
  { title: word('timeline.who'), share: 15 },
  { title: word('timeline.fields'), share: 26 },
  { title: word('timeline.record'), share: 5 },
];

function timelineRow(
  { leafIndex, record }: GatheredRecord,
  shown: Shown,
): readonly string[] | null {
  const movedFrom = record.action === 'event.moved' ? String(record.fields.homeCaseId) : null;
  const home =
    movedFrom === null
      ? leafIndex
      : shown.gathered.events.find(({ movedTo }) =>
          movedTo.some((place) => place.leafIndex === leafIndex),
        )?.leafIndex;
  if (home === undefined || !record.action.startsWith('event.')) return null;
  const event = shown.events.get(home);
  const seq = String(record.entitySeq ?? '');
  if (event === undefined || event === null)
    return [seq, '', timeText(record.time), record.object, '', word('erased'), String(leafIndex)];
  const moved = movedFrom === null ? '' : `\n${word('timeline.moved', { caseId: movedFrom })}`;
  const people =
    event.responsible === null
      ? personText(event.operator, shown)
      : `${personText(event.responsible, shown)}\n${personText(event.operator, shown)}`;
  return [
    seq,
    timeText(event.occurredAt),
    `${timeText(event.recordedAt)}\n${timeText(event.receivedAt)}`,
    `${eventName('zh', event.type)}\n${event.source}/${event.id}${moved}`,
    people,
    fieldsText(event, home),
    String(leafIndex),
  ];
}

const CHANGES: readonly Column[] = [
  { title: word('change.rule'), share: 16 },
  { title: word('change.kind'), share: 8 },
  { title: word('change.before'), share: 17 },
  { title: word('change.after'), share: 17 },
  { title: word('change.at'), share: 10 },
  { title: word('change.saved'), share: 12 },
  { title: word('change.record'), share: 5 },
];

function stateText(finding: Finding | null): string {
  if (finding === null) return word('change.nothing');
  return word('change.state', {
    level: codeText('zh', 'level', finding.level),
    since: timeText(finding.since),
    until: finding.until === null ? word('change.open') : timeText(finding.until),
  });
}

/** Every change of what the rules said of a case: before, after, when, by whom it was recorded. */
function changeRows(chain: readonly GatheredRecord[], shown: Shown): string[][] {
  const standing = new Map<string, Finding>();
  const rows: string[][] = [];
  for (const { leafIndex, record } of chain) {
    const finding = shown.findings.get(leafIndex);
    if (finding === undefined) continue;
    const kind = record.action.slice('finding.'.length);
    const rule = shown.rule(finding.ruleId, finding.ruleVersion);
    rows.push([
      `${rule === null ? '' : sideOf(rule.name, 'zh')}\n${finding.ruleId}@${finding.ruleVersion}`,
      codeText('zh', 'change', kind),
      stateText(standing.get(finding.id) ?? null),
      kind === 'retracted' ? word('change.nothing') : stateText(finding),
      timeText(String(record.fields.at)),
      `${timeText(record.time)}\n${record.actor}`,
      String(leafIndex),
    ]);
    if (kind === 'retracted') standing.delete(finding.id);
    else standing.set(finding.id, finding);
  }
  return rows;
}

function caseBlocks(caseId: string, shown: Shown, isTold: boolean): Block[] {
  const entity = `case:${caseId}`;
  const chain = shown.gathered.chains.get(entity) ?? [];
  const first = chain.flatMap(({ leafIndex }) => shown.events.get(leafIndex) ?? [])[0];
  const changes = changeRows(chain, shown);
  const file = `${createHash('sha256').update(entity).digest('hex').slice(0, 16)}.json`;
  return [
    { kind: 'heading', level: 3, text: word('case', { caseId }) },
    {
      kind: 'facts',
      rows: [
        [word('case.agency'), first === undefined ? '—' : shown.unit(first.agencyCode)],
        [word('case.region'), first === undefined ? '—' : shown.region(first.regionCode)],
        [
          word('case.item'),
          first?.itemCode == null ? '—' : `${first.itemCode}@${first.itemVersion ?? '—'}`,
        ],
        [word('case.records'), String(chain.length)],
      ],
    },
    ...(isTold
      ? [
          { kind: 'heading', level: 3, text: word('timeline') } as const,
          {
            kind: 'table',
            columns: TIMELINE,
            rows: chain.flatMap((one) => {
              const row = timelineRow(one, shown);
              return row === null ? [] : [row];
            }),
            empty: word('empty'),
          } as const,
        ]
      : [{ kind: 'paragraph', text: word('case.detail-left-out', { file }) } as const]),
    { kind: 'heading', level: 3, text: word('changes') },
    { kind: 'table', columns: CHANGES, rows: changes, empty: word('changes.none') },
  ];
}

/** The course of each case: its events with their three times, and every change of what the rules said. */
export function casesBlocks(shown: Shown): Block[] {
  let told = 0;
  return [
    { kind: 'heading', level: 2, text: word('cases') },
    ...shown.gathered.scope.cases.flatMap((caseId) => {
      const size = shown.gathered.chains.get(`case:${caseId}`)?.length ?? 0;
      const isTold = told + size <= MOST_TOLD;
      if (isTold) told += size;
      return caseBlocks(caseId, shown, isTold);
    }),
  ];
}
