import { parse } from 'yaml';
import type { ReferenceSettings } from '#core/build-references.js';
import type { Event, FeedConfig, Instant } from '#core/event/event.js';
import { KnownLaws } from '#core/known-laws.js';
import type { RegionSettings } from '#core/reference.js';
import { compileRulebook, type Rulebook } from '#core/rule/compile.js';
import { PredicateCompiler } from '#core/rule/predicate.js';
import type { RuleSource } from '#core/rule/rule.js';
import { vocabularyTypes } from '#core/rule/vocabulary-types.js';
import type { Law } from '#core/step.js';
import type { Inspection } from '../inspection.js';
import { BUNDLE_EXIT } from '../outcome.js';
import {
  anyObject,
  hex,
  index,
  instant,
  listOf,
  object,
  type Shape,
  text,
  truth,
} from '../shape.js';

const FEEDS_FILE = 'data/calendar/feeds.json';
const REFERENCES_FILE = 'data/calendar/references.json';
const RULES_FILE = 'data/rules/index.json';

interface Feeds {
  readonly anyFeed: boolean;
  readonly feeds: readonly FeedConfig[];
  readonly regions: readonly ({ readonly regionCode: string } & RegionSettings)[];
  readonly regionCodes: readonly string[];
}

const FEEDS: Shape<Feeds> = object<Feeds>({
  anyFeed: truth,
  feeds: listOf(
    object<FeedConfig>({ source: text, authority: text, agreedDelayHours: index, batch: truth }),
  ),
  regions: listOf(object({ regionCode: text, pauseKindA: truth, refusalFiling: truth })),
  regionCodes: listOf(text),
});

/** How events are read: the feeds' settings, as the monitor had them. */
export interface FeedSettings {
  readonly feedOf: (source: string) => FeedConfig | null;
  readonly references: ReferenceSettings;
}

/** Null, and reported, where the settings are missing or are none. */
export function readFeeds(inspection: Inspection): FeedSettings | null {
  const read = inspection.json(FEEDS_FILE, FEEDS);
  if (read === null) return null;
  const feeds = new Map(read.feeds.map((feed) => [feed.source, feed]));
  const plain = (source: string): FeedConfig => ({
    source,
    authority: source,
    agreedDelayHours: 24,
    batch: false,
  });
  const regions = read.regions.map(
    ({ regionCode, pauseKindA, refusalFiling }) =>
      [regionCode, { pauseKindA, refusalFiling }] as const,
  );
  return {
    feedOf: (source) => feeds.get(source) ?? (read.anyFeed ? plain(source) : null),
    references: {
      feeds,
      regions: new Map(regions),
      regionCodes: new Set(read.regionCodes),
    },
  };
}

/** A reference fact, and since when the monitor knew it. */
export interface KnownFact {
  readonly leafIndex: number;
  readonly knownFrom: Instant;
  readonly event: Event;
}

/** Reference facts in the order in which they became known; null, and reported, where the file is none. */
export function readReferences(inspection: Inspection): readonly KnownFact[] | null {
  const shape = listOf(
    object<{ leafIndex: number; knownFrom: Instant; event: Readonly<Record<string, unknown>> }>({
      leafIndex: index,
      knownFrom: instant,
      event: anyObject,
    }),
  );
  const facts = inspection.json(REFERENCES_FILE, shape);
  if (facts === null) return null;
  return facts
    .map((fact) => ({ ...fact, event: fact.event as unknown as Event }))
    .sort((a, b) => a.knownFrom - b.knownFrom || a.leafIndex - b.leafIndex);
}

interface RuleFile {
  readonly file: string;
  readonly ruleId: string;
  readonly version: number;
  readonly digest: string;
}

const RULES: Shape<{ readonly rules: readonly RuleFile[] }> = object({
  rules: listOf(object<RuleFile>({ file: text, ruleId: text, version: index, digest: hex(32) })),
});

/**
 * Compiles every version of the rules named, from the texts in the bundle. Rules judge a case independently of one another,
 * so the others are not needed. Null, and reported, where a text is missing, another than listed, or does not compile.
 */
export function readRulebook(inspection: Inspection, wanted: ReadonlySet<string>): Rulebook | null {
  const { report, machinery, files } = inspection;
  const list = inspection.json(RULES_FILE, RULES);
  if (list === null) return null;
  const sources: RuleSource[] = [];
  for (const { file, ruleId, version, digest } of list.rules) {
    const bytes = files.get(file);
    const written = inspection.text(file);
    if (bytes === undefined || written === null) continue;
    if (machinery.sha256Hex(bytes) !== digest)
      report.fail(BUNDLE_EXIT.reevaluation, 'rule.digest', file, { rule: `${ruleId}@${version}` });
    if (!wanted.has(ruleId)) continue;
    const source = ruleOf(written);
    if (source?.id !== ruleId || source.version !== version)
      report.fail(BUNDLE_EXIT.reevaluation, 'rule.other', file, { rule: `${ruleId}@${version}` });
    else sources.push(source);
  }
  return compiled(inspection, sources);
}

/**
 * Names, texts, bases and examples are most of a rule file and take no part in judging: the rest is read in a fifth of the
 * time. A line that begins without a space begins a member.
 */
const FOR_READERS = /^(?:name|text|basis|examples):.*\n(?:(?:[ \t#].*)?\n)*/gm;

function ruleOf(written: string): RuleSource | null {
  // Files that are laid out otherwise are read whole.
  return parsedRule(written.replace(FOR_READERS, '')) ?? parsedRule(written);
}

function parsedRule(written: string): RuleSource | null {
  try {
    // No alias of a text may grow into a text that fills the memory.
    const rule = parse(written, { maxAliasCount: 100, prettyErrors: false }) as RuleSource | null;
    return Array.isArray(rule?.windows) ? rule : null;
  } catch {
    return null;
  }
}

function compiled({ report }: Inspection, sources: readonly RuleSource[]): Rulebook | null {
  const fail = (reason: string) => {
    report.fail(BUNDLE_EXIT.reevaluation, 'rule.broken', RULES_FILE, { reason });
    return null;
  };
  try {
    const vocabulary = vocabularyTypes();
    // What the monitor loaded was checked then; an expression that does not fit shows in what it evaluates to.
    const outcome = compileRulebook(sources, vocabulary, new PredicateCompiler(vocabulary, true));
    if (outcome.ok) return outcome.rulebook;
    return fail(
      outcome.problems.map((one) => `${one.ruleId} ${one.path}: ${one.reason}`).join('; '),
    );
  } catch (error) {
    return fail(error instanceof Error ? error.message : String(error));
  }
}

/** The law by what was known at an instant; laws are kept, for most questions are about the same facts. */
export class LawBook {
  private readonly known = new Map<number, KnownLaws>();
  private readonly single = new Map<string, Rulebook>();

  constructor(
    private readonly rulebook: Rulebook,
    private readonly facts: readonly KnownFact[],
    private readonly settings: ReferenceSettings,
  ) {}

  /** What was in force at `at`, by the facts known at `knownAt` (both included). */
  at(at: Instant, knownAt: Instant): Law {
    const count = this.countKnown(knownAt);
    let laws = this.known.get(count);
    if (laws === undefined) {
      laws = new KnownLaws(this.rulebook, this.settings);
      for (const { event } of this.facts.slice(0, count)) laws.add(event);
      this.known.set(count, laws);
    }
    return laws.at(at);
  }

  /** How many of the facts, the first ones, were known. */
  private countKnown(knownAt: Instant): number {
    let low = 0;
    let high = this.facts.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.facts[middle] as KnownFact).knownFrom <= knownAt) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** The same with the versions of one rule alone: rules judge a case independently of one another. */
  ofRule(ruleId: string, at: Instant, knownAt: Instant): Law {
    let rulebook = this.single.get(ruleId);
    if (rulebook === undefined) {
      const { rules } = this.rulebook;
      rulebook = { ...this.rulebook, rules: rules.filter(({ id }) => id === ruleId) };
      this.single.set(ruleId, rulebook);
    }
    return { rulebook, around: this.at(at, knownAt).around };
  }
}
