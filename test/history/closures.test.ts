import { describe, expect, it } from '@jest/globals';
import { Environment } from '@marcbachmann/cel-js';
import fc from 'fast-check';
import { nationalCalendar } from '#core/calendar/national.js';
import { CaseView, listName } from '#core/case/case-view.js';
import type { Event } from '#core/event/event.js';
import type { Surroundings } from '#core/reference.js';
import { type Closure, closureOf, functionKey } from '#core/rule/closure.js';
import { compileRulebook } from '#core/rule/compile.js';
import { PREDICATE_FUNCTIONS, readFrom, registerFunctions } from '#core/rule/functions.js';
import { type Predicate, PredicateCompiler, type ResultType } from '#core/rule/predicate.js';
import { Scope } from '#core/rule/scope.js';
import { loadRulebook, packFolder } from '#rulebook/load-rules.js';
import { findingsOfExample, lawOfExample } from '#rulebook/run-example.js';

/*
 * Predicates run as closures of our own where they can (core/rule/closure.ts). What they must say is what the CEL library
 * says, whose interpreter shares nothing with them but the parser.
 */

const { sources, vocabulary } = loadRulebook([packFolder('approval')]);
const calendar = nationalCalendar(Number.MAX_SAFE_INTEGER);
const known = {
  functions: new Map(
    PREDICATE_FUNCTIONS.map((one) => [functionKey(one.name, one.parameters.length), one]),
  ),
  listTypes: new Map([...vocabulary.keys()].map((type) => [listName(type), type])),
};

interface Both {
  readonly closure: Closure | null;
  readonly library: (scope: object) => unknown;
}

function bothOf(expression: string): Both {
  const environment = registerFunctions(
    new Environment({ unlistedVariablesAreDyn: true, homogeneousAggregateLiterals: false }),
  );
  // Parsed twice: evaluation by the library changes its tree.
  return {
    closure: closureOf(environment.parse(expression).ast, known),
    library: environment.parse(expression),
  };
}

type Said = { readonly value: unknown } | 'nothing';

function said(run: () => unknown): Said {
  try {
    const value = run();
    return { value: typeof value === 'bigint' ? Number(value) : value };
  } catch {
    return 'nothing';
  }
}

/** Every predicate asked of both; where the closure says anything, the library must say the same. */
class ComparingCompiler extends PredicateCompiler {
  asked = 0;
  answered = 0;
  readonly differences = new Set<string>();

  override compile<T>(
    expression: string,
    result: ResultType,
    anchors: readonly string[],
    endings: readonly string[] = [],
  ): Predicate<T> {
    const predicate = super.compile<T>(expression, result, anchors, endings);
    let both: Both;
    try {
      both = bothOf(expression);
    } catch {
      return predicate;
    }
    const { closure, library } = both;
    const compared = (scope: Scope): T => {
      this.asked += 1;
      const own = closure === null ? 'nothing' : said(() => closure(scope));
      if (own !== 'nothing') {
        this.answered += 1;
        const other = said(() => library(scope));
        if (JSON.stringify(own) !== JSON.stringify(other))
          this.differences.add(
            `${expression}: ${JSON.stringify(own)}, not ${JSON.stringify(other)}`,
          );
      }
      return predicate(scope);
    };
    return Object.assign(compared, { source: expression });
  }
}

describe('predicates as closures', () => {
  it("say of every rule's examples what the library says", () => {
    const compiler = new ComparingCompiler(vocabulary);
    const outcome = compileRulebook(sources, vocabulary, compiler);
    if (!outcome.ok) throw new Error('the pack does not compile');
    for (const source of sources)
      for (const example of source.examples)
        findingsOfExample(
          source.id,
          example,
          lawOfExample(example, outcome.rulebook, calendar),
          vocabulary,
        );
    expect([...compiler.differences]).toEqual([]);
    expect(compiler.asked).toBeGreaterThan(20_000);
    // Few are left to the library, or the closures are not worth having.
    expect(compiler.answered / compiler.asked).toBeGreaterThan(0.97);
  });

  const ANY_VALUE = fc.oneof(
    fc.constantFrom<unknown>(null, true, false, '', 'a', 'b', '2025-03-03', 0, 1, 2, -1, 0.5),
    fc.constantFrom<unknown>([], ['a'], [1, 2], [null], { a: 'b' }, [{ code: 'a' }, { code: 1 }]),
  );
  const EXPRESSIONS = [
    'event.x == event.y',
    'event.x != null',
    'event.x < event.y',
    'event.x >= event.y || event.x == "a"',
    'event.x in event.y',
    '"a" in event.y',
    'event.x in ["a", "b"]',
    'event.x + event.y',
    'event.x - event.y',
    'event.x * 2.0',
    'event.x > 1',
    'event.x == 1',
    '-event.x',
    '!event.x',
    'event.x && event.y',
    'event.x || event.y',
    'event.x ? event.y : "else"',
    'event.x.size() == 1',
    'size(event.x) > size(event.y)',
    'event.x.exists(one, one == "a")',
    'event.x.all(one, one.code == "a")',
    'event.x.filter(one, one == "a").size() == 1',
    'event.x.map(one, one)',
    'event.x[0] == event.y',
    'event.x.a',
    'event.x.toString',
    'event.z',
    'event.x.startsWith(event.y)',
    'blank(event.x) || blank(event.y)',
    'max(event.x, event.y)',
    'daysBetween(event.x, event.y)',
    'case.accepted.exists(a, a.on == event.on && a.x == event.x)',
    'case.accepted.filter(a, a.at <= event.at).size() == 1',
    'case.accepted[0].x == event.y',
    'case.decided.exists(a, a.x == "a")',
    'blank(case.decided) && !blank(case.accepted)',
    'case.accepted.exists(a, isBefore(a, event))',
    'case.accepted.map(a, a.type)',
    'case.accepted == case.decided',
    'end.x == event.x',
    'event == event',
    'params.x == event.x',
    'unknown == 1',
  ];

  it.each(EXPRESSIONS)('%s: nothing that the library does not say', (expression) => {
    const { closure, library } = bothOf(expression);
    fc.assert(
      fc.property(ANY_VALUE, ANY_VALUE, fc.boolean(), (x, y, ended) => {
        const scope = scopeOf({ x, y }, ended);
        readFrom(scope);
        const own = closure === null ? 'nothing' : said(() => closure(scope));
        if (own !== 'nothing') expect(own).toEqual(said(() => library(scope)));
      }),
      { numRuns: 300 },
    );
  });
});

/** Surroundings in which the lists that the expressions name are known, as those of a pack that names them. */
function surroundings(): Surroundings {
  const [source] = sources;
  const [example] = source?.examples ?? [];
  const outcome = compileRulebook(sources.slice(0, 1), vocabulary);
  if (example === undefined || !outcome.ok) throw new Error('the first rule does not compile');
  const { around } = lawOfExample(example, outcome.rulebook, calendar);
  return { ...around, emptyLists: { accepted: [], decided: [] } };
}

const around = surroundings();

function scopeOf(data: Record<string, unknown>, ended: boolean): Scope {
  const event = eventWith(data);
  const scope = new Scope(new CaseView('authority/1', [event], around));
  scope.anchor = event;
  scope.ending = ended ? event : null;
  scope.params = data;
  return scope;
}

function eventWith(data: Record<string, unknown>): Event {
  const person = { staffNo: 'S1', name: null, post: null, unitCode: 'U1' };
  return {
    source: 'feed',
    id: 'one',
    type: 'approval.accepted',
    subject: '1',
    caseId: 'authority/1',
    occurredAt: Date.UTC(2025, 2, 3),
    recordedAt: Date.UTC(2025, 2, 3),
    receivedAt: Date.UTC(2025, 2, 3),
    precision: 'second',
    vocabularyVersion: '1.1',
    agencyCode: 'U1',
    regionCode: '370100',
    itemCode: null,
    itemVersion: null,
    operator: person,
    responsible: person,
    dataVersion: 1,
    correctionOf: null,
    correctionReason: null,
    docNo: null,
    rawDigest: '00',
    isTest: false,
    data,
  };
}
