import type { Day, Instant } from '#core/event/event.js';
import type { Behaviour } from './behaviour/behaviour.js';
import { BEHAVIOURS } from './behaviour/behaviours.js';
import { failuresEntered, heartbeat, referenceRecords } from './city/reference-events.js';
import { type Agency, buildWorld, feedsOf, type World } from './city/world.js';
import { CaseDraft, type CasePlace } from './draft/case-draft.js';
import type { CaseEnvelope, Fact } from './draft/fact.js';
import { encodeFact } from './encode.js';
import { ORDINARY } from './lawful/plain.js';
import type { Scenario } from './lawful/scenario.js';
import { UNUSUAL } from './lawful/unusual.js';
import { filingsPerDay } from './load.js';
import { Random } from './random.js';
import type { Label, NearMiss, Truth } from './truth.js';
import { isoOf, localDay, startOf } from './workdays.js';

export interface SimulateOptions {
  readonly seed: number;
  readonly cases: number;
  /** Natural days over which cases are filed; the run goes on until every case has ended or passed its last threshold. */
  readonly days: number;
  /** First day of filing, `YYYY-MM-DD`; the run has to lie within 2024 to 2026. */
  readonly startOn: string;
  /** Share of cases with a behaviour or a near miss; default 0.3. */
  readonly behaviourShare?: number;
  /** Rule ids: behaviours of other rules are left out. */
  readonly only?: readonly string[];
}

/** One record of the input topic. Records come in order of `receivedAt`, which stands for the broker's append time. */
export interface SimulatedRecord {
  readonly receivedAt: string;
  /** Partition key: the case id, or the object's code for reference events. */
  readonly key: string;
  /** CloudEvents JSON, structured mode. */
  readonly value: string;
  /** What the case was made to trip; on the first record of the case only. */
  readonly labels?: readonly Label[];
  readonly nearMisses?: readonly NearMiss[];
}

interface Pending {
  readonly receivedAt: Instant;
  readonly order: number;
  readonly fact: Fact;
  readonly of: CaseEnvelope;
  readonly draft: CaseDraft | null;
}

const LAWFUL: readonly Scenario[] = [...ORDINARY, ...UNUSUAL];
const TOTAL_WEIGHT = LAWFUL.reduce((sum, { weight = 0 }) => sum + weight, 0);

function lawfulScenario(random: Random): Scenario {
  let rest = random.next() * TOTAL_WEIGHT;
  for (const scenario of LAWFUL) {
    rest -= scenario.weight ?? 0;
    if (rest < 0) return scenario;
  }
  return LAWFUL[0] as Scenario;
}

/** Behaviours one rule after another, hits and near misses in turn, so that small runs meet every rule too. */
function behaviourQueue(only: readonly string[] | undefined): (turn: number) => Behaviour | null {
  const rules = [...new Set(BEHAVIOURS.map(({ rule }) => rule))].filter(
    (rule) => only === undefined || only.includes(rule),
  );
  const lists = (['hit', 'near-miss'] as const).flatMap((kind) =>
    rules.map((rule) => BEHAVIOURS.filter((one) => one.rule === rule && one.kind === kind)),
  );
  const filled = lists.filter((list) => list.length > 0);
  if (filled.length === 0) return () => null;
  return (turn) => {
    const list = filled[turn % filled.length] as Behaviour[];
    return list[Math.floor(turn / filled.length) % list.length] ?? null;
  };
}

/** A place for a case: its bureau, its feed and one of the scenario's items. */
function placeOf(world: World, scenario: Scenario, random: Random, day: Day): CasePlace {
  const agency: Agency =
    scenario.where?.(world, random, day) ??
    (scenario.feed ? world.bureau : random.pick(world.agencies));
  const item = agency.items.get(random.pick(scenario.items));
  if (!item)
    throw new Error(`scenario ${scenario.name} names an item that is not in the catalogue`);
  return { world, agency, feed: scenario.feed ? world[scenario.feed] : agency.feed, item };
}

/** Makes the case with that number. It depends on the seed, the number, the day and the scenario alone. */
export function makeCase(
  world: World,
  seed: number,
  index: number,
  day: Day,
  behaviour: Behaviour | null,
): CaseDraft {
  const random = new Random(seed, index + 1000);
  const scenario = behaviour ?? lawfulScenario(random);
  const draft = new CaseDraft(
    placeOf(world, scenario, random, day),
    random,
    index,
    scenario.name,
    day,
  );
  scenario.make(draft);
  return draft;
}

/** All cases in the order of their filing days. */
function* cases(world: World, options: SimulateOptions): Generator<{ day: Day; draft: CaseDraft }> {
  const share = options.behaviourShare ?? 0.3;
  const next = behaviourQueue(options.only);
  let turn = 0;
  let index = 0;
  for (const [day, count] of filingsPerDay(world, options.cases)) {
    for (let n = 0; n < count; n += 1) {
      const due = Math.floor((index + 1) * share) > Math.floor(index * share);
      const behaviour = due ? next(turn) : null;
      if (due) turn += 1;
      yield { day, draft: makeCase(world, options.seed, index, day, behaviour) };
      index += 1;
    }
  }
}

function checkInTime(world: World, draft: CaseDraft): void {
  for (const fact of draft.facts)
    if (fact.receivedAt > world.asOf)
      throw new Error(
        `${draft.behaviour}, case ${draft.index}: ${fact.type} would arrive at ${isoOf(fact.receivedAt)}, after the run ends`,
      );
}

/** Records of the days to come, by the day on which they arrive. */
class Agenda {
  private readonly days = new Map<Day, Pending[]>();
  private order = 0;

  add(draft: CaseDraft): void {
    const of = draft.envelope;
    let first: Fact | null = null;
    for (const fact of draft.facts)
      if (first === null || fact.receivedAt < first.receivedAt) first = fact;
    for (const fact of draft.facts)
      this.put(fact, fact.receivedAt, of, fact === first ? draft : null);
    for (const { fact, receivedAt } of draft.repeats) this.put(fact, receivedAt, of, null);
  }

  private put(fact: Fact, receivedAt: Instant, of: CaseEnvelope, draft: CaseDraft | null): void {
    const day = localDay(receivedAt);
    const list = this.days.get(day);
    const pending = { receivedAt, order: this.order, fact, of, draft };
    this.order += 1;
    if (list) list.push(pending);
    else this.days.set(day, [pending]);
  }

  /** Takes what arrives on a day, in order of arrival. */
  take(day: Day): readonly Pending[] {
    const list = this.days.get(day) ?? [];
    this.days.delete(day);
    return list.sort((a, b) => a.receivedAt - b.receivedAt || a.order - b.order);
  }
}

function recordOf({ receivedAt, fact, of, draft }: Pending): SimulatedRecord {
  const record = {
    receivedAt: isoOf(receivedAt),
    key: `${of.feed.source}/${of.subject}`,
    value: encodeFact(fact, of),
  };
  if (draft === null || (draft.labels.length === 0 && draft.nearMisses.length === 0)) return record;
  return { ...record, labels: draft.labels, nearMisses: draft.nearMisses };
}

/** Hours of the day at which every feed gives a sign of life. */
const HEARTBEAT_HOURS = [12, 24];
const HOUR_MS = 3_600_000;

/** What feeds and bureaus say of themselves on a day, in order of arrival. */
function* notices(world: World, day: Day): Generator<SimulatedRecord & { readonly at: Instant }> {
  for (const { receivedAt, key, value } of failuresEntered(world, day))
    yield { at: receivedAt, receivedAt: isoOf(receivedAt), key, value };
  for (const hour of HEARTBEAT_HOURS) {
    const to = Math.min(startOf(day) + hour * HOUR_MS, world.asOf);
    const from = startOf(day) + (hour - 12) * HOUR_MS;
    if (from >= to) continue;
    for (const feed of feedsOf(world)) {
      const { receivedAt, key, value } = heartbeat(world, feed, from, to);
      yield { at: receivedAt, receivedAt: isoOf(receivedAt), key, value };
    }
  }
}

/**
 * The records of a city in order of arrival: reference facts first, but for what nobody could announce. Pure: the same options give the same bytes.
 * Memory holds the cases in progress only. Throws a RangeError for options that cannot be run.
 */
export function* simulate(options: SimulateOptions): Generator<SimulatedRecord> {
  const world = buildWorld(options);
  for (const { receivedAt, key, value } of referenceRecords(world))
    yield { receivedAt: isoOf(receivedAt), key, value };
  const agenda = new Agenda();
  const source = cases(world, options);
  let ahead = source.next();
  for (let day = world.startOn; day <= world.endOn; day += 1) {
    for (; !ahead.done && ahead.value.day <= day; ahead = source.next()) {
      checkInTime(world, ahead.value.draft);
      agenda.add(ahead.value.draft);
    }
    const beats = [...notices(world, day)];
    let beat = 0;
    for (const pending of agenda.take(day)) {
      for (let next = beats[beat]; next && next.at < pending.receivedAt; next = beats[beat]) {
        beat += 1;
        yield { receivedAt: next.receivedAt, key: next.key, value: next.value };
      }
      yield recordOf(pending);
    }
    for (const { receivedAt, key, value } of beats.slice(beat)) yield { receivedAt, key, value };
  }
}

/** The answer key of a run: what each case was made to trip, and what it must not trip. */
export function truthOf(options: SimulateOptions): Truth {
  const world = buildWorld(options);
  const hits: Label[] = [];
  const nearMisses: NearMiss[] = [];
  for (const { draft } of cases(world, options)) {
    hits.push(...draft.labels);
    nearMisses.push(...draft.nearMisses);
  }
  return { asOf: isoOf(world.asOf), cases: options.cases, hits, nearMisses };
}
