import { createHash } from 'node:crypto';
import type { Explanation, Finding } from '#core/finding.js';
import type { RuleSource } from '#core/rule/rule.js';
import { type ExplainedNode, explainTree } from '#explanation/explain-tree.js';
import { reasonSentence } from '#explanation/reason-sentence.js';
import { codeText, sideOf } from '#explanation/texts.js';
import { sourceFile } from '../bundle/content-files.js';
import type { GatheredRecord } from '../gather/read-records.js';
import { MOST_TOLD } from './case-blocks.js';
import type { Block, Column } from './document.js';
import type { Shown } from './shown.js';
import { timeText, word, wordOf } from './words.js';

const DAYS: readonly Column[] = [
  { title: word('day.date'), share: 14 },
  { title: word('day.kind'), share: 14 },
  { title: word('day.count'), share: 12 },
  { title: word('day.stop'), share: 20 },
  { title: word('day.note'), share: 30 },
];

/** Nodes of the explanation, one line each, indented by depth; its days follow as a table. */
function steps(node: ExplainedNode, depth = 0): string[] {
  return [
    `${'  '.repeat(depth)}${node.text}`,
    ...node.children
      .filter(({ key }) => key !== 'exception')
      .flatMap((child) => steps(child, depth + 1)),
  ];
}

function dayTables(node: ExplainedNode): Block[] {
  const own: Block[] =
    node.days === null || node.days.length === 0
      ? []
      : [
          { kind: 'heading', level: 3, text: word('alert.days') },
          {
            kind: 'table',
            columns: DAYS,
            rows: node.days.map((day) => [
              day.date,
              wordOf('day-kind', day.kind),
              day.count === null ? word('day.not-counted') : String(day.count),
              day.stop ?? '',
              [day.note ?? '', day.provisional ? word('day.provisional') : ''].join(' ').trim(),
            ]),
            empty: word('empty'),
          },
        ];
  return [...own, ...node.children.flatMap(dayTables)];
}

function exceptionRows(explanation: Explanation, rule: RuleSource | null): string[][] {
  return (explanation.children ?? [])
    .filter(({ key }) => key === 'exception')
    .map(({ params }) => {
      const code = String(params.code ?? '');
      const written = rule?.exceptions.find((one) => one.code === code);
      return [
        code,
        written === undefined ? code : sideOf(written.text, 'zh'),
        codeText('zh', 'by', String(params.by ?? '')),
      ];
    });
}

function evidenceRows(finding: Finding, shown: Shown): string[][] {
  return finding.evidence.flatMap(({ source, id }) =>
    shown.gathered.events
      .filter((one) => one.source === source && one.id === id && one.use === 'case')
      .map((one) => [
        `${source}/${id}`,
        String(one.leafIndex),
        one.raw === null || shown.edition === 'redacted' ? '—' : `data/${sourceFile(one)}`,
      ]),
  );
}

const EVENTS: readonly Column[] = [
  { title: word('event.no'), share: 5 },
  { title: word('event.kind'), share: 10 },
  { title: word('event.at'), share: 16 },
  { title: word('event.state'), share: 12 },
  { title: word('event.reason'), share: 26 },
  { title: word('event.actor'), share: 10 },
  { title: word('event.savedAt'), share: 16 },
  { title: word('timeline.record'), share: 7 },
];

function eventRows(chain: readonly GatheredRecord[]): string[][] {
  return chain.map(({ leafIndex, record }) => {
    const { fields } = record;
    const reason = fields.reason === null ? '' : codeText('zh', 'gate', String(fields.reason));
    return [
      String(fields.eventNo ?? ''),
      codeText('zh', 'change', record.action.slice('alert.'.length)),
      timeText(String(fields.at)),
      `${codeText('zh', 'alert-state', String(fields.state))}\n${codeText('zh', 'level', String(fields.level))}`,
      reason,
      record.actor,
      timeText(record.time),
      String(leafIndex),
    ];
  });
}

function ruleFacts(finding: Finding, rule: RuleSource | null): [string, string][] {
  if (rule === null) return [[word('alert.rule'), `${finding.ruleId}@${finding.ruleVersion}`]];
  const from = rule.effective.from as unknown;
  const version = word('alert.rule.version', {
    id: rule.id,
    version: rule.version,
    from: from instanceof Date ? from.toISOString().slice(0, 10) : String(from),
  });
  return [
    [word('alert.rule'), `${sideOf(rule.name, 'zh')}\n${version}`],
    [word('alert.text'), sideOf(rule.text, 'zh')],
    [
      word('alert.basis'),
      rule.basis
        .map(
          ({ law, article, local }) =>
            `${sideOf(law, 'zh')} ${article}${local === true ? word('alert.basis.local') : ''}`,
        )
        .join('\n'),
    ],
  ];
}

/** The finding of an alert as it last stood below the pinned size. */
function lastFinding(alertId: string, shown: Shown): Finding | null {
  const first = shown.gathered.chains.get(`alert:${alertId}`)?.[0];
  const { caseId, findingId } = first?.record.fields ?? {};
  const records = shown.gathered.chains.get(`case:${caseId}`) ?? [];
  const last = records.findLast(
    ({ leafIndex, record }) =>
      record.object === `finding:${findingId}` && shown.findings.has(leafIndex),
  );
  return last === undefined ? null : (shown.findings.get(last.leafIndex) ?? null);
}

function alertBlocks(alertId: string, shown: Shown): Block[] {
  const chain = shown.gathered.chains.get(`alert:${alertId}`) ?? [];
  const finding = lastFinding(alertId, shown);
  if (finding === null) return [];
  const rule = shown.rule(finding.ruleId, finding.ruleVersion);
  const tree = explainTree(finding.explanation, rule, 'zh');
  const level = codeText('zh', 'level', finding.level);
  const named = rule === null ? finding.ruleId : sideOf(rule.name, 'zh');
  return [
    { kind: 'heading', level: 3, text: word('alert', { rule: named, level }) },
    {
      kind: 'facts',
      rows: [
        [word('alert.id'), alertId],
        [word('alert.case'), finding.subject],
        [word('alert.sentence'), reasonSentence(finding, rule, 'zh')],
        ...ruleFacts(finding, rule),
        [
          word('alert.answerable'),
          finding.answerable
            .map(
              ({ role, unitCode, staffNo }) =>
                `${codeText('zh', 'role', role)} ${shown.unit(unitCode)}${staffNo === null ? '' : `/${staffNo}`}`,
            )
            .join('\n'),
        ],
        [
          word('alert.versions'),
          [finding.calendarVersion, ...finding.referenceVersions].join('\n'),
        ],
        ...(finding.restsOnAbsenceUntil === null
          ? []
          : [[word('alert.absence'), timeText(finding.restsOnAbsenceUntil)] as [string, string]]),
        [word('alert.digest'), finding.inputsDigest],
      ],
    },
    { kind: 'heading', level: 3, text: word('alert.steps') },
    { kind: 'list', items: steps(tree) },
    ...dayTables(tree),
    { kind: 'heading', level: 3, text: word('alert.exceptions') },
    {
      kind: 'table',
      columns: [
        { title: word('exception.code'), share: 8 },
        { title: word('exception.text'), share: 46 },
        { title: word('exception.result'), share: 46 },
      ],
      rows: exceptionRows(finding.explanation, rule),
      empty: word('empty'),
    },
    { kind: 'heading', level: 3, text: word('alert.evidence') },
    {
      kind: 'table',
      columns: [
        { title: word('evidence.event'), share: 40 },
        { title: word('evidence.record'), share: 10 },
        { title: word('evidence.file'), share: 50 },
      ],
      rows: evidenceRows(finding, shown),
      empty: word('empty'),
    },
    { kind: 'heading', level: 3, text: word('alert.events') },
    { kind: 'table', columns: EVENTS, rows: eventRows(chain), empty: word('empty') },
  ];
}

const entityFile = (entity: string): string =>
  `${createHash('sha256').update(entity).digest('hex')}.json`;

/** Each alert with the rule, the articles, the arithmetic day by day, the exceptions examined, and what became of it; those not told are listed with their files. */
export function alertsBlocks(shown: Shown): Block[] {
  const most = Math.floor(MOST_TOLD / 10);
  const begun = (alertId: string) =>
    shown.gathered.chains.get(`alert:${alertId}`)?.[0]?.leafIndex ?? 0;
  const inOrder = shown.gathered.scope.alerts.toSorted((a, b) => begun(a) - begun(b));
  const [told, beyond] = [inOrder.slice(0, most), inOrder.slice(most)];
  const bare = told.filter((alertId) => lastFinding(alertId, shown) === null);
  const blocks = told.flatMap((alertId) => alertBlocks(alertId, shown));
  const leftOut: Block[] = [
    ...(beyond.length === 0 ? [] : [word('alerts.left-out', { n: beyond.length, most })]),
    ...(bare.length === 0 ? [] : [word('alerts.no-finding', { n: bare.length })]),
  ].map((text) => ({ kind: 'paragraph', text }));
  const listed = [...bare, ...beyond].map(
    (alertId) => `${alertId} → data/entity/${entityFile(`alert:${alertId}`)}`,
  );
  return [
    { kind: 'heading', level: 2, text: word('alerts') },
    ...(inOrder.length === 0 ? [{ kind: 'paragraph', text: word('empty') } as const] : blocks),
    ...leftOut,
    ...(listed.length === 0 ? [] : [{ kind: 'list', items: listed } as const]),
  ];
}
