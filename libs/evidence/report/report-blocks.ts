import { parseNote } from '#core/audit/note/signed-note.js';
import { gapSheet, sourceClocks } from '../bundle/quality-files.js';
import type { ExportScope } from '../request/export-scope.js';
import { alertsBlocks } from './alert-blocks.js';
import { casesBlocks } from './case-blocks.js';
import type { Block } from './document.js';
import type { Shown } from './shown.js';
import { timeText, word, wordOf, wordsUnder } from './words.js';

export function scopeWords(scope: ExportScope): string {
  if (scope.kind !== 'query') return word(`scope.${scope.kind}`, { ...scope });
  const any = (value: string | null) => value ?? word('any');
  const { from, to } = scope;
  return word('scope.query', {
    from,
    to,
    unit: any(scope.unit),
    ruleId: any(scope.ruleId),
    level: any(scope.level),
  });
}

/** Why this was given out, who asked and who approved. */
export function basisRows(
  { gathered, edition, scope }: Shown,
  software: { readonly name: string; readonly version: string },
): [string, string][] {
  const { request, pin } = gathered;
  const other = request.numbers[edition === 'full' ? 'redacted' : 'full'];
  return [
    [word('basis.number'), `${request.numbers[edition]}(${word(`edition.${edition}`)})`],
    ...(other === null ? [] : [[word('basis.otherEdition'), other] as [string, string]]),
    [word('basis.request'), request.requestNo],
    [word('basis.notice'), request.notice],
    [word('basis.cause'), request.cause],
    [word('basis.purpose'), request.purpose],
    [word('basis.requesters'), request.requesters.join('、')],
    [word('basis.requestedAt'), timeText(request.requestedAt)],
    [word('basis.approver'), request.approver ?? '—'],
    [word('basis.approvedAt'), timeText(request.decidedAt ?? 0)],
    [word('basis.scope'), scopeWords(scope)],
    [
      word('basis.pinned'),
      word('basis.pinned.text', {
        origin: pin.origin,
        treeSize: pin.treeSize,
        indexSize: pin.indexSize,
      }),
    ],
    [word('basis.software'), `${software.name} ${software.version}`],
  ];
}

function overview(shown: Shown): Block[] {
  const { scope, chains, loose, events, facts } = shown.gathered;
  const records = [...chains.values()].reduce((sum, chain) => sum + chain.length, loose.length);
  const own = events.filter(({ use }) => use === 'case');
  const times = own.flatMap(({ event }) => event?.occurredAt ?? []).sort((a, b) => a - b);
  return [
    { kind: 'heading', level: 2, text: word('overview') },
    {
      kind: 'facts',
      rows: [
        [word('overview.cases'), String(scope.cases.length)],
        [word('overview.alerts'), String(scope.alerts.length)],
        [word('overview.records'), String(records)],
        [word('overview.events'), String(own.length)],
        [word('overview.facts'), String(facts.length)],
        [word('overview.findings'), String(shown.findings.size)],
        [
          word('overview.span'),
          times.length === 0
            ? '—'
            : `${timeText(times[0] as number)} 至 ${timeText(times.at(-1) as number)}`,
        ],
      ],
    },
  ];
}

const column = (key: string, share: number) => ({ title: word(key), share });

function qualityBlocks({ gathered, edition }: Shown): Block[] {
  const sheet = gapSheet(gathered);
  const empty = word('empty');
  const recorded = [
    column('quality.source', 30),
    column('quality.action', 14),
    column('quality.at', 22),
    column('quality.reason', 34),
    column('quality.record', 10),
  ];
  const delayed = [
    column('quality.event', 40),
    column('quality.from', 22),
    column('quality.to', 22),
    column('quality.delay', 12),
    column('quality.record', 10),
  ];
  const delays = (rows: typeof sheet.late) =>
    rows.map((one) => [
      `${one.source}/${one.id}`,
      timeText(one.from),
      timeText(one.to),
      String(one.hours),
      String(one.leafIndex),
    ]);
  const table = (key: string, columns: typeof recorded, rows: readonly string[][]): Block[] => [
    { kind: 'heading', level: 3, text: word(key) },
    { kind: 'table', columns, rows, empty },
  ];
  return [
    { kind: 'heading', level: 2, text: word('quality') },
    ...table(
      'quality.gaps',
      recorded,
      sheet.gaps.map((one) => [
        one.source,
        wordOf('gap', one.action),
        timeText(one.from ?? one.at),
        one.reason ?? (edition === 'full' ? one.reasonText : null) ?? '',
        String(one.leafIndex),
      ]),
    ),
    ...table(
      'quality.quarantined',
      recorded,
      sheet.quarantined.map((one) => [
        one.source ?? one.object,
        wordOf('gap', one.action),
        timeText(one.at),
        [one.reason, edition === 'full' ? one.reasonText : null, one.field]
          .filter((part) => part !== null)
          .join(' '),
        String(one.leafIndex),
      ]),
    ),
    ...table('quality.late', delayed, delays(sheet.late)),
    ...table('quality.entered', delayed, delays(sheet.enteredLater)),
    ...table(
      'quality.versions',
      [column('quality.event', 60), column('quality.records', 40)],
      sheet.versions.map((one) => [`${one.source}/${one.id}`, one.leafIndexes.join(', ')]),
    ),
  ];
}

function clockBlocks({ gathered }: Shown): Block[] {
  return [
    { kind: 'heading', level: 2, text: word('clocks') },
    {
      kind: 'table',
      columns: [
        column('clock.source', 24),
        column('clock.events', 10),
        column('clock.precision', 14),
        column('clock.offsets', 14),
        column('clock.recorded', 24),
        column('clock.received', 24),
      ],
      rows: sourceClocks(gathered).map((one) => [
        one.source,
        String(one.events),
        `${one.precision.second}/${one.precision.day}`,
        one.offsets.join(' '),
        one.recordedAfterOccurred.join(' / '),
        one.receivedAfterRecorded.join(' / '),
      ]),
      empty: word('empty'),
    },
    { kind: 'paragraph', text: word('clock.none') },
  ];
}

function custodyBlocks({ gathered }: Shown): Block[] {
  return [
    { kind: 'heading', level: 2, text: word('custody') },
    {
      kind: 'table',
      columns: [
        column('custody.what', 34),
        column('custody.who', 24),
        column('custody.when', 20),
        column('custody.record', 10),
      ],
      rows: gathered.custody.map(({ leafIndex, record }) => {
        const { purpose, reason, requesters } = record.fields;
        const isRequest = record.action === 'export.requested';
        return [
          isRequest
            ? word('custody.requested', { purpose: String(purpose) })
            : word('custody.approved', { reason: String(reason) }),
          isRequest ? (requesters as readonly string[]).join('、') : record.actor,
          timeText(record.time),
          String(leafIndex),
        ];
      }),
      empty: word('empty'),
    },
    {
      kind: 'paragraph',
      text: word('custody.later', { requestNo: gathered.request.requestNo }),
    },
  ];
}

function integrityBlocks({ gathered }: Shown): Block[] {
  const { pin, chains, loose, checkpoints, index, custody } = gathered;
  const records = [...chains.values()].reduce((sum, chain) => sum + chain.length, 0);
  const signers = parseNote(pin.note).signatures.map(({ name }) => name);
  return [
    { kind: 'heading', level: 2, text: word('integrity') },
    {
      kind: 'facts',
      rows: [
        [word('integrity.origin'), pin.origin],
        [word('integrity.size'), String(pin.treeSize)],
        [word('integrity.root'), Buffer.from(pin.root).toString('hex')],
        [word('integrity.signers'), signers.join('\n')],
        [
          word('integrity.proofs'),
          word('integrity.proofs.text', { n: records + loose.length + custody.length }),
        ],
        [
          word('integrity.chains'),
          word('integrity.chains.text', { n: chains.size, recordIndex: index.record.leafIndex }),
        ],
        [
          word('integrity.earlier'),
          checkpoints.map(({ size }) => String(size)).join('、') || word('empty'),
        ],
      ],
    },
    { kind: 'paragraph', text: word('integrity.how') },
  ];
}

/** What the bundle cannot prove, said in the same words in every bundle. */
export function cannotItems(): string[] {
  return wordsUnder('cannot.').map(([, text]) => text);
}

/** The report: basis, cases, alerts, quality, clocks, custody, integrity, and what none of it proves. */
export function reportBlocks(
  shown: Shown,
  software: { readonly name: string; readonly version: string },
): Block[] {
  return [
    { kind: 'notice', text: word('lead') },
    ...(shown.edition === 'redacted'
      ? [{ kind: 'notice', text: word('redacted.notice') } as const]
      : []),
    { kind: 'heading', level: 2, text: word('basis') },
    { kind: 'facts', rows: basisRows(shown, software) },
    ...overview(shown),
    ...casesBlocks(shown),
    ...alertsBlocks(shown),
    ...qualityBlocks(shown),
    ...clockBlocks(shown),
    ...custodyBlocks(shown),
    ...integrityBlocks(shown),
    { kind: 'heading', level: 2, text: word('cannot') },
    { kind: 'list', items: cannotItems() },
  ];
}
