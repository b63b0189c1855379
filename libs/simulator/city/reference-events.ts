import type { Day, FeedConfig, Instant } from '#core/event/event.js';
import { encodeEvent } from '../encode.js';
import { dateOf, instantOn, isoOf, noticeOf, startOf } from '../workdays.js';
import { APPROVER_POSTS, type Officer } from './officers.js';
import type { Agency, Item, ItemVersion, World } from './world.js';

/** A record as it is put on the topic: `receivedAt` stands for the broker's append time. */
export interface ReferenceRecord {
  readonly receivedAt: Instant;
  readonly key: string;
  readonly value: string;
}

const CATALOG_SOURCE = 'catalog-130600';
const ORG_SOURCE = 'org-130600';
const CALENDAR_SOURCE = 'calendar-000000';

/** Sources of reference events. */
export const REFERENCE_SOURCES: readonly string[] = [CATALOG_SOURCE, ORG_SOURCE, CALENDAR_SOURCE];

function envelope(agency: Agency, at: Instant, operator: Officer = agency.staff.head) {
  return {
    recordedAt: isoOf(at),
    occurredPrecision: 'second',
    vocabularyVersion: '1.1',
    agencyCode: agency.agencyCode,
    regionCode: agency.regionCode,
    dataVersion: 1,
    operator,
  };
}

function itemData(agency: Agency, item: Item, version: ItemVersion): Record<string, unknown> {
  const { spec } = item;
  return {
    itemCode: item.code,
    itemVersion: version.no,
    validFrom: dateOf(version.from),
    ...(version.to === null ? {} : { validTo: dateOf(version.to) }),
    name: spec.name,
    kind: spec.kind,
    level: agency.regionCode === '130600' ? '市级' : '县级',
    legalBasis: [spec.law, '行政许可法第四十二条'],
    statutoryLimit: { ...version.statutory, article: spec.law },
    promisedLimit: version.promised,
    stopGrounds: spec.stopGrounds,
    steps: spec.steps.map((step, order) => ({
      stepCode: step.code,
      name: step.name,
      role: step.role,
      limit: step.limit,
      mandatory: step.mandatory,
      order: order + 1,
      responsiblePost:
        step.role === 'approve' ? '分管副局长' : step.role === 'review' ? '审核科长' : '承办人',
      ...(step.parallel ? { parallel: true } : {}),
      ...(step.auto ? { autoApproval: true } : {}),
    })),
    materials: spec.materials.map((material) => ({
      code: material.code,
      name: material.name,
      required: material.required,
      source: material.shared ? 'shared' : 'applicant',
      tolerable: material.tolerable,
      ...(material.originalRequired ? { originalRequired: true } : {}),
    })),
    conditions: ['符合法定条件', '符合国土空间规划'],
    fees: spec.fees.map((fee, i) => ({ ...fee, standard: i === 0 ? version.fee : fee.standard })),
    inspectorsMin: spec.inspectorsMin,
    autoApproval: spec.auto,
    approverPosts: APPROVER_POSTS,
    channels: spec.channels,
    tags: spec.tags,
    ...spec.flags,
  };
}

function* catalogue(world: World, at: Instant): Generator<ReferenceRecord> {
  for (const agency of world.agencies)
    for (const item of agency.items.values()) {
      for (const version of item.versions) {
        const id = `${item.code}@${version.no}`;
        const data = { ...envelope(agency, at), ...itemData(agency, item, version) };
        yield {
          receivedAt: at,
          key: item.code,
          value: encodeEvent(
            CATALOG_SOURCE,
            id,
            'catalog.item-published',
            item.code,
            isoOf(at),
            data,
          ),
        };
      }
      const last = item.versions.at(-1);
      if (last && last.to !== null) {
        const data = {
          ...envelope(agency, at),
          itemCode: item.code,
          itemVersion: last.no,
          validTo: dateOf(last.to),
          reasonText: '国务院决定取消的行政许可事项',
        };
        yield {
          receivedAt: at,
          key: item.code,
          value: encodeEvent(
            CATALOG_SOURCE,
            `${item.code}-end`,
            'catalog.item-retired',
            item.code,
            isoOf(at),
            data,
          ),
        };
      }
    }
}

function* postings(world: World, at: Instant): Generator<ReferenceRecord> {
  for (const agency of world.agencies) {
    const all = [...agency.items.values()].map(({ code }) => code);
    for (const { officer, from, to, approves } of agency.staff.postings) {
      const subject = `${officer.unitCode}/${officer.staffNo}`;
      const data = {
        ...envelope(agency, at),
        person: officer,
        post: officer.post,
        from: dateOf(from),
        ...(to === null ? {} : { to: dateOf(to) }),
        powers: approves ? all : [],
        managementLevel: agency.regionCode === '130600' ? 'municipal' : 'county',
      };
      yield {
        receivedAt: at,
        key: subject,
        value: encodeEvent(ORG_SOURCE, subject, 'org.posting-changed', subject, isoOf(at), data),
      };
    }
  }
}

function* calendars(world: World, at: Instant): Generator<ReferenceRecord> {
  for (const year of [2024, 2025, 2026]) {
    const id = `notice-${year}`;
    const data = {
      ...envelope(world.bureau, at),
      year,
      days: noticeOf(year),
      basisDocNo: `国务院办公厅关于${year}年部分节假日安排的通知`,
    };
    yield {
      receivedAt: at,
      key: id,
      value: encodeEvent(CALENDAR_SOURCE, id, 'calendar.published', id, isoOf(at), data),
    };
  }
}

/** Catalogue, postings, calendars and announced outages: all known before the first case. */
export function* referenceRecords(world: World): Generator<ReferenceRecord> {
  const at = startOf(world.startOn - 2);
  yield* calendars(world, at);
  yield* postings(world, at);
  yield* catalogue(world, at);
  for (const day of world.outages) if (enteredOn(world, day) === null) yield outage(world, day, at);
}

/** Days after an outage on which a failure that nobody could announce is entered. */
const ENTERED_AFTER = 3;

/** Every second outage is a failure: it is entered afterwards, if the run lasts so long. Null: it was announced. */
function enteredOn(world: World, day: Day): Day | null {
  const isFailure = world.outages.indexOf(day) % 2 === 1;
  return isFailure && day + ENTERED_AFTER < world.endOn ? day + ENTERED_AFTER : null;
}

/** Failures of the feed that are entered on a day, in the morning. */
export function* failuresEntered(world: World, on: Day): Generator<ReferenceRecord> {
  for (const day of world.outages)
    if (enteredOn(world, day) === on) yield outage(world, day, instantOn(on, 9));
}

function outage(world: World, day: Day, at: Instant): ReferenceRecord {
  const { source } = world.legacy;
  const data = {
    ...envelope(world.bureau, at),
    from: isoOf(instantOn(day, 8)),
    to: isoOf(instantOn(day, 18)),
    approver: world.bureau.staff.head,
  };
  const id = `outage-${dateOf(day)}`;
  const value = encodeEvent(source, id, 'feed.outage-declared', source, isoOf(at), data);
  return { receivedAt: at, key: source, value };
}

/** A sign of life of one feed: everything that it had until `to` has been delivered. */
export function heartbeat(
  world: World,
  feed: FeedConfig,
  from: Instant,
  to: Instant,
): ReferenceRecord {
  const { source } = feed;
  const data = { ...envelope(world.bureau, to), from: isoOf(from), to: isoOf(to) };
  return {
    receivedAt: to,
    key: source,
    value: encodeEvent(
      source,
      `hb-${source}-${isoOf(to)}`,
      'feed.heartbeat',
      source,
      isoOf(to),
      data,
    ),
  };
}
