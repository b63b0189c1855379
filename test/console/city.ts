import type { FeedConfig, Instant } from '#core/event/event.js';
import { heartbeat } from '#simulator/city/reference-events.js';
import { buildWorld, feedsOf } from '#simulator/city/world.js';
import { CaseDraft } from '#simulator/draft/case-draft.js';
import type { Fact } from '#simulator/draft/fact.js';
import { accept, file } from '#simulator/draft/filing.js';
import { encodeFact } from '#simulator/encode.js';
import { Random } from '#simulator/random.js';
import type { SimulatedRecord, SimulateOptions } from '#simulator/simulate.js';
import { addWorkdays, instantOn, isoOf, localDay, startOf } from '#simulator/workdays.js';

/** The city that the pages show. Its records, and so its alerts, are the same on every run. */
export const CITY: SimulateOptions = { seed: 11, cases: 400, days: 30, startOn: '2025-03-03' };

const world = buildWorld(CITY);

function recordOf(draft: CaseDraft, fact: Fact): SimulatedRecord {
  return {
    receivedAt: isoOf(fact.receivedAt),
    key: `${draft.source}/${draft.subject}`,
    value: encodeFact(fact, draft.envelope),
  };
}

const DAYS_PER_HEARTBEAT = 3;
const DAY_MS = 86_400_000;

function heartbeats(from: Instant, to: Instant): SimulatedRecord[] {
  const records: SimulatedRecord[] = [];
  for (let since = from; since < to; since += DAYS_PER_HEARTBEAT * DAY_MS) {
    const through = Math.min(to, since + DAYS_PER_HEARTBEAT * DAY_MS);
    for (const feed of feedsOf(world) as readonly FeedConfig[]) {
      const { receivedAt, key, value } = heartbeat(world, feed, since, through);
      records.push({ receivedAt: isoOf(receivedAt), key, value });
    }
  }
  return records;
}

/** Filings that nobody answers, told in parts: each begins where the one before has ended. */
export interface UnansweredFilings {
  /** `source/subject` of each, the one that `late` is about first. */
  readonly caseIds: readonly string[];
  /** The filings; nothing is due yet. */
  readonly filed: readonly SimulatedRecord[];
  /** Signs of life of every source until the fourth working day has passed: a notice for each. */
  readonly noticed: readonly SimulatedRecord[];
  /** The same until the fifth has passed: red, and counted as accepted by silence. */
  readonly overdue: readonly SimulatedRecord[];
  /** The first was answered on its second day; its source says so only now. */
  readonly late: readonly SimulatedRecord[];
  /** How far everything is told then. */
  readonly until: Instant;
}

/** How far the city's own records tell everything. */
export const CITY_TOLD_UNTIL: Instant = world.asOf;

/** Filings of the day after `since`, so that what they raise is newer than all that is shown. */
export function unansweredFilings(since: Instant, count = 3): UnansweredFilings {
  const filedOn = addWorkdays(localDay(since), 1);
  const drafts = Array.from({ length: count }, (_, n) => {
    const agency = world.agencies[n + 1];
    const item = agency?.items.get('food');
    if (agency === undefined || item === undefined) throw new Error('the world has no such place');
    const index = 900_000 + n;
    const place = { world, agency, feed: agency.feed, item };
    const draft = new CaseDraft(place, new Random(CITY.seed, index), index, 'unanswered', filedOn);
    file(draft);
    return draft;
  });
  const fourthOver = startOf(addWorkdays(filedOn, 4) + 1) + 3_600_000;
  const fifthOver = startOf(addWorkdays(filedOn, 5) + 1) + 3_600_000;
  const [first] = drafts;
  const facts = drafts.flatMap((draft) => draft.facts.map((fact) => recordOf(draft, fact)));
  if (first === undefined) throw new Error('no filing');
  const accepted = accept(first, addWorkdays(filedOn, 2), { notice: false });
  accepted.receivedAt = fifthOver + 7_200_000;
  const until = fifthOver + 10_800_000;
  const filed = instantOn(filedOn, 20);
  const byArrival = (a: SimulatedRecord, b: SimulatedRecord) =>
    Date.parse(a.receivedAt) - Date.parse(b.receivedAt);
  return {
    caseIds: drafts.map((draft) => `${draft.source}/${draft.subject}`),
    filed: [...facts, ...heartbeats(since, filed)].sort(byArrival),
    noticed: heartbeats(filed, fourthOver),
    overdue: heartbeats(fourthOver, fifthOver),
    late: [recordOf(first, accepted), ...heartbeats(fifthOver, until)],
    until,
  };
}
