import type { Instant } from '#core/event/event.js';
import type { Finding } from '#core/finding.js';
import { acceptEvent, findingsOf, newCase, restoreCase } from '#core/step.js';
import { advanceThrough } from '#core/work-case.js';
import { payloadDigest } from '../disclosures.js';
import type { Inspection } from '../inspection.js';
import { BUNDLE_EXIT } from '../outcome.js';
import { type BundleRecord, recordPath } from '../records.js';
import { anyObject, hex, index, instant, listOf, object, type Shape, text } from '../shape.js';
import type { SourceEvent } from '../source-events.js';
import { differences } from './differences.js';
import { type CaseEvent, type EventsByCase, inspectReferences, readEvents } from './read-events.js';
import { LawBook, readFeeds, readReferences, readRulebook } from './read-law.js';

/** One statement that evaluation must reach again: what a rule said of a case at an instant, by what was known then. */
interface Statement {
  readonly findingId: string;
  readonly caseId: string;
  readonly ruleVersion: string;
  readonly asOf: Instant;
  readonly knownAt: Instant;
  readonly leafIndex: number;
  readonly bodyDigest: string;
}

const FILE = 'data/reevaluation.json';
const RETRACTED = 'finding.retracted';

const STATEMENTS: Shape<Statement[]> = listOf(
  object<Statement>({
    findingId: text,
    caseId: text,
    ruleVersion: text,
    asOf: instant,
    knownAt: instant,
    leafIndex: index,
    bodyDigest: hex(32),
  }),
);

type Records = ReadonlyMap<number, BundleRecord>;

/**
 * Evaluates anew what the records say that the rules found: from the bytes as received, the rules, calendars and
 * reference facts of the bundle, with the same core as the monitor. The outcome must be the recorded text, byte for byte.
 */
export function reevaluate(
  inspection: Inspection,
  records: Records,
  sources: readonly SourceEvent[],
): void {
  const { report } = inspection;
  const listed = inspection.json(FILE, STATEMENTS);
  if (listed === null) return;
  const recorded = listed.filter((one) => isRecorded(inspection, one, records));
  const statements = withoutErased(inspection, recorded, sources);
  nothingLeftOut(inspection, listed, records);
  const ruleIds = new Set(statements.map(({ ruleVersion }) => ruleVersion.split('@')[0] ?? ''));
  const feeds = readFeeds(inspection);
  const facts = readReferences(inspection);
  const rulebook = readRulebook(inspection, ruleIds);
  if (feeds === null || facts === null || rulebook === null) return;
  const read = readEvents(inspection, sources, feeds);
  inspectReferences(inspection, facts, read);
  const laws = new LawBook(rulebook, facts, feeds.references);
  for (const group of byCase(statements))
    new Reevaluation(inspection, { laws, events: read.byCase, records }).judge(group);
  report.tally.findings = statements.length;
}

/** Of a case with erased bytes nothing can be judged anew: said once for each. */
function withoutErased(
  { report }: Inspection,
  statements: readonly Statement[],
  sources: readonly SourceEvent[],
): readonly Statement[] {
  const erased = new Set(
    sources
      .filter(({ erased: isErased, file }) => isErased === true && file === null)
      .flatMap(({ caseId, movedTo }) => [caseId, ...movedTo.map((place) => place.caseId)]),
  );
  const left = new Set<string>();
  const kept = statements.filter(({ caseId }) => !erased.has(caseId) || !left.add(caseId));
  for (const caseId of left) report.note('reevaluation.erased', null, { case: caseId });
  return kept;
}

/** What is to be reached must be what the record in the log says. */
function isRecorded({ report }: Inspection, statement: Statement, records: Records): boolean {
  const record = records.get(statement.leafIndex);
  const { leaf } = record ?? {};
  const fits =
    record !== undefined &&
    leaf?.object === `finding:${statement.findingId}` &&
    leaf.entity === `case:${statement.caseId}` &&
    leaf.ruleVersion === statement.ruleVersion &&
    payloadDigest(record) === statement.bodyDigest &&
    leaf.fields.at === new Date(statement.asOf).toISOString() &&
    leaf.time === new Date(statement.knownAt).toISOString();
  if (!fits)
    report.fail(BUNDLE_EXIT.reevaluation, 'statement.other', FILE, {
      record: statement.leafIndex,
      rule: statement.ruleVersion,
    });
  return fits;
}

/** Each finding record of the bundle's cases stands among the statements. */
function nothingLeftOut(
  { report }: Inspection,
  statements: readonly Statement[],
  records: Records,
): void {
  const listed = new Set(statements.map((one) => one.leafIndex));
  for (const { index: leafIndex, leaf, path } of records.values())
    if (leaf.action.startsWith('finding.') && !listed.has(leafIndex))
      report.fail(BUNDLE_EXIT.reevaluation, 'statement.missing', path, {
        rule: leaf.ruleVersion ?? '',
      });
}

/** Statements of each case, in the order of the log. */
function byCase(statements: readonly Statement[]): Statement[][] {
  const groups = new Map<string, Statement[]>();
  for (const statement of [...statements].sort((a, b) => a.leafIndex - b.leafIndex)) {
    const group = groups.get(statement.caseId);
    if (group === undefined) groups.set(statement.caseId, [statement]);
    else group.push(statement);
  }
  return [...groups.values()];
}

/** Evaluates the statements about one case. */
class Reevaluation {
  /** Texts that a walk through the whole case made, by finding; made when first needed. */
  private walked: ReadonlySet<string> | null = null;
  private last: { readonly key: string; readonly findings: readonly Finding[] } | null = null;

  constructor(
    private readonly inspection: Inspection,
    private readonly from: {
      readonly laws: LawBook;
      readonly events: EventsByCase;
      readonly records: Records;
    },
  ) {}

  judge(statements: readonly Statement[]): void {
    for (const statement of statements) {
      try {
        this.judgeOne(statement, statements);
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        this.fail(statement, 'reevaluation.failed', { reason });
      }
    }
  }

  private judgeOne(statement: Statement, all: readonly Statement[]): void {
    const { asOf, knownAt } = statement;
    // The calendar may have changed between the instant asked about and the saving: then the one of that instant counts.
    const first = this.outcome(statement, knownAt);
    if (first === 'same' || (asOf !== knownAt && this.outcome(statement, asOf) === 'same')) return;
    this.walked ??= this.walk(all);
    if (this.walked.has(`${statement.findingId} ${statement.bodyDigest}`)) return;
    if (first === null) this.fail(statement, 'reevaluation.nothing', {});
    else this.fail(statement, 'reevaluation.differs', { differs: this.differs(statement, first) });
  }

  /** 'same' where the recorded text is reached; else the finding that is, or null where there is none. */
  private outcome(statement: Statement, lawAt: Instant): 'same' | Finding | null {
    const found = this.findings(statement, lawAt).find(({ id }) => id === statement.findingId);
    const action = this.from.records.get(statement.leafIndex)?.leaf.action;
    if (action === RETRACTED) return found === undefined ? 'same' : found;
    if (found === undefined) return null;
    const digest = this.inspection.machinery.sha256Hex(JSON.stringify(found));
    return digest === statement.bodyDigest ? 'same' : found;
  }

  private findings(statement: Statement, lawAt: Instant): readonly Finding[] {
    const { caseId, asOf, knownAt } = statement;
    const received = this.eventsBefore(statement);
    const [ruleId = ''] = statement.ruleVersion.split('@');
    const key = `${ruleId} ${received.length} ${asOf} ${knownAt} ${lawAt}`;
    if (this.last?.key === key) return this.last.findings;
    const law = this.from.laws.ofRule(ruleId, lawAt, knownAt);
    const findings = findingsOf(restoreCase({ caseId, received, findings: [], asOf }, law));
    this.last = { key, findings };
    return findings;
  }

  private eventsBefore({ caseId, leafIndex }: Statement) {
    const all = this.from.events.get(caseId) ?? [];
    return all.filter((one) => one.leafIndex < leafIndex).map(({ event }) => event);
  }

  /** The whole case as it happened, event by event and instant by instant: `finding digest` of every change. */
  private walk(statements: readonly Statement[]): ReadonlySet<string> {
    const reached = new Set<string>();
    const first = statements[0];
    if (first === undefined) return reached;
    const events: readonly CaseEvent[] = this.from.events.get(first.caseId) ?? [];
    const end = Math.max(...statements.map(({ asOf }) => asOf));
    const knownAt = Math.max(...statements.map((one) => one.knownAt));
    const lawAt = (at: Instant) => this.from.laws.at(at, knownAt);
    const state = newCase(first.caseId, lawAt(events[0]?.event.receivedAt ?? end));
    const take = (changes: ReturnType<typeof acceptEvent>) => {
      for (const { before, after } of changes) {
        const finding = after ?? before;
        if (finding === null) continue;
        const digest = this.inspection.machinery.sha256Hex(JSON.stringify(finding));
        reached.add(`${finding.id} ${digest}`);
      }
    };
    for (const { event } of events) {
      const law = lawAt(Math.max(event.receivedAt, state.asOf));
      take(advanceThrough(state, event.receivedAt, law, 'event'));
      take(acceptEvent(state, event, law));
    }
    take(advanceThrough(state, end, lawAt(Math.max(end, state.asOf)), 'tick'));
    return reached;
  }

  private differs({ leafIndex }: Statement, found: Finding): string {
    const path = `data/disclosures/${leafIndex}.json`;
    if (!this.inspection.files.has(path)) return 'data/disclosures/';
    const recorded = this.inspection.json(path, anyObject);
    return differences(recorded, JSON.parse(JSON.stringify(found))).join('; ');
  }

  private fail(
    { leafIndex, ruleVersion, caseId, asOf }: Statement,
    key: 'reevaluation.differs' | 'reevaluation.nothing' | 'reevaluation.failed',
    params: Readonly<Record<string, string>>,
  ): void {
    this.inspection.report.fail(BUNDLE_EXIT.reevaluation, key, recordPath(leafIndex), {
      rule: ruleVersion,
      case: caseId,
      asOf: new Date(asOf).toISOString(),
      ...params,
    });
  }
}
