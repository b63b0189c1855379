import type { Day, FeedConfig, Instant } from '#core/event/event.js';
import { Random } from '../random.js';
import {
  addWorkdays,
  CALENDAR_FROM,
  CALENDAR_TO,
  dateOf,
  dayOf,
  instantOn,
  workdayFrom,
} from '../workdays.js';
import { creditCode } from './credit-code.js';
import type { ItemSpec, Limit } from './item-spec.js';
import { ITEM_SPECS } from './items.js';
import { type Staff, staffOf } from './officers.js';

export interface ItemVersion {
  readonly no: string;
  readonly from: Day;
  /** Last day of validity, included. */
  readonly to: Day | null;
  readonly promised: Limit;
  readonly statutory: Limit;
  /** What the first fee costs in this version. */
  readonly fee: number;
}

export interface Item {
  readonly code: string;
  readonly spec: ItemSpec;
  readonly versions: readonly ItemVersion[];
}

/** The approval bureau of one region. */
export interface Agency {
  readonly name: string;
  readonly regionName: string;
  readonly regionCode: string;
  readonly agencyCode: string;
  readonly unitCode: string;
  readonly staff: Staff;
  readonly items: ReadonlyMap<string, Item>;
  readonly feed: FeedConfig;
  /** Region's own decisions: kind A pauses allowed, negative outcomes reported beforehand. */
  readonly pauseKindA: boolean;
  readonly refusalFiling: boolean;
}

/** All that stands before the first case. */
export interface World {
  readonly startOn: Day;
  /** Last day on which a case is filed in the ordinary course. */
  readonly lastFilingOn: Day;
  readonly endOn: Day;
  readonly asOf: Instant;
  readonly bureau: Agency;
  readonly agencies: readonly Agency[];
  /** Feeds of the municipal bureau with manners of their own: outages, agreed batches, an agreed delay of 72 hours. */
  readonly legacy: FeedConfig;
  readonly batch: FeedConfig;
  readonly slow: FeedConfig;
  readonly outages: readonly Day[];
  /** Days on which the evolving items begin a new version. */
  readonly versionDays: readonly Day[];
}

/** Natural days after the last filing within which every case ends or passes its last threshold. */
export const TAIL_DAYS = 180;

const REGION_NAMES = [
  '云川市',
  '清苑区',
  '松河区',
  '临湖区',
  '望江区',
  '雄安容和县',
  '白石县',
  '定安县',
  '青山县',
  '曲水县',
  '安阳泉县',
  '广平川县',
  '蠡水县',
  '顺和县',
  '博望县',
  '涞源河县',
  '易泉县',
  '高台县',
  '安肃县',
  '涿岭市',
  '安国山市',
  '望都城县',
  '新乐山县',
];

export function feed(source: string, more: Partial<FeedConfig> = {}): FeedConfig {
  return { source, authority: source, agreedDelayHours: 24, batch: false, ...more };
}

function everyFewDays(from: Day, to: Day, step: number): Day[] {
  const days: Day[] = [];
  for (let day = from; day <= to; day += step) days.push(workdayFrom(day));
  return days;
}

function versionsOf(spec: ItemSpec, since: Day, days: readonly Day[], endsOn: Day): ItemVersion[] {
  const fee = spec.fees[0]?.standard ?? 0;
  const plain = { promised: spec.promised, statutory: spec.statutory, fee };
  if (spec.history === 'steady') return [{ no: '1', from: since, to: null, ...plain }];
  if (spec.history === 'retired') return [{ no: '1', from: since, to: endsOn, ...plain }];
  return [since, ...days].map((from, i, all) => {
    const next = all[i + 1];
    const shorter = i % 2 === 1;
    return {
      no: String(i + 1),
      from,
      to: next === undefined ? null : next - 1,
      promised: shorter ? { ...spec.promised, value: spec.promised.value - 2 } : spec.promised,
      statutory: spec.statutory,
      fee: shorter ? fee - 20 : fee,
    };
  });
}

function itemCode(regionCode: string, index: number): string {
  return `${regionCode}-XK-${String(index + 1).padStart(4, '0')}`;
}

/** The city of a run. Throws a RangeError where the run does not lie within 2024 to 2026. */
export function buildWorld(options: { seed: number; startOn: string; days: number }): World {
  const startOn = dayOf(options.startOn);
  if (!(Number.isInteger(options.days) && options.days >= 1))
    throw new RangeError(`days is ${options.days}: give a whole number of at least 1`);
  const lastFilingOn = startOn + options.days - 1;
  const endOn = workdayFrom(lastFilingOn + TAIL_DAYS);
  if (startOn < CALENDAR_FROM + 365 || endOn > CALENDAR_TO - 365)
    throw new RangeError(
      `the run from ${options.startOn} ends on ${dateOf(endOn)}: it has to lie within 2024 to 2026; move startOn or lower days`,
    );
  const random = new Random(options.seed, 1);
  const since = startOn - 400;
  const horizon = lastFilingOn + 60;
  const versionDays = everyFewDays(startOn + 5, horizon, 14);
  const agencies = REGION_NAMES.map((regionName, i): Agency => {
    const regionCode = String(130600 + i);
    const unitCode = `${regionCode}-SPJ`;
    const endsOn =
      i === 0 ? startOn - 30 : workdayFrom(startOn + Math.floor(((options.days + 40) * i) / 22));
    const termEnds = [0, 1, 2].map((n) =>
      addWorkdays(
        workdayFrom(startOn + 15 + Math.floor(((options.days + 45) * (3 * i + n)) / 69)),
        0,
      ),
    );
    return {
      name: `${regionName}行政审批局`,
      regionName,
      regionCode,
      agencyCode: creditCode(regionCode, 7_310_000 + i * 613),
      unitCode,
      staff: staffOf(unitCode, random, since, termEnds),
      items: new Map(
        ITEM_SPECS.map((spec, n) => [
          spec.key,
          {
            code: itemCode(regionCode, n),
            spec,
            versions: versionsOf(spec, since, versionDays, endsOn),
          },
        ]),
      ),
      feed: feed(`approval-${regionCode}`),
      pauseKindA: i === 5 || i === 6,
      refusalFiling: i !== 7 && i !== 8,
    };
  });
  const bureau = agencies[0] as Agency;
  return {
    startOn,
    lastFilingOn,
    endOn,
    asOf: instantOn(endOn, 20),
    bureau,
    agencies,
    legacy: feed('legacy-130600'),
    batch: feed('batch-130600', { batch: true }),
    slow: feed('slow-130600', { agreedDelayHours: 72 }),
    outages: everyFewDays(startOn + 12, horizon, 28),
    versionDays,
  };
}

/** Version of an item in force on a day, or null. */
export function versionOn(item: Item, day: Day): ItemVersion | null {
  return item.versions.find(({ from, to }) => from <= day && (to === null || day <= to)) ?? null;
}

/** Every feed that sends cases. */
export function feedsOf(world: World): readonly FeedConfig[] {
  return [...world.agencies.map((agency) => agency.feed), world.legacy, world.batch, world.slow];
}
