import { type SimulatedRecord, type SimulateOptions, simulate } from '#simulator/simulate.js';
import { partitionOfKey } from '#streams/partition-of-key.js';

const HEARTBEAT = '"type":"feed.heartbeat"';
const DAY_MS = 86_400_000;
/** Beyond the days of filing a heartbeat of each feed every so many days is enough; most records would be heartbeats. */
const SPARSE_DAYS = 5;

/**
 * A simulated city's records in order of arrival, with fewer heartbeats once all cases are filed: they cover the same
 * days, only later. The last day keeps its own, so that everything is covered in the end.
 */
export function* streamOf(city: SimulateOptions): Generator<SimulatedRecord> {
  const filedBy = Date.parse(`${city.startOn}T00:00:00Z`) + (city.days + 20) * DAY_MS;
  let held: SimulatedRecord[] = [];
  for (const record of simulate(city)) {
    const day = Math.floor(Date.parse(record.receivedAt) / DAY_MS);
    const sparse = day * DAY_MS > filedBy && day % SPARSE_DAYS !== 0;
    if (sparse && record.value.includes(HEARTBEAT)) {
      held.push(record);
      continue;
    }
    held = [];
    yield record;
  }
  yield* lastOfEach(held);
}

/** Of the heartbeats left out at the end, the last of every feed. */
function lastOfEach(records: readonly SimulatedRecord[]): SimulatedRecord[] {
  return [...new Map(records.map((record) => [record.key, record])).values()];
}

interface CloudEvent {
  readonly id: string;
  readonly source: string;
  readonly type: string;
  readonly subject: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** Every so many facts of a lane one is moved. */
const MOVE_EVERY = 12;
/** A correction comes so many records of its lane after the fact, every second one is revoked as many later. */
const MOVE_AFTER = 5;

/** Records of one source in one partition: facts are moved between cases of the same lane. */
interface Lane {
  facts: number;
  /** Case of the fact before. */
  other: string | null;
  readonly coming: { readonly at: number; readonly made: (at: string) => SimulatedRecord }[];
}

/**
 * The same, with corrections that move facts to another case of the same partition. Order is certain only there, so only
 * there two runs can be alike.
 */
export function* streamWithMoves(
  city: SimulateOptions,
  partitions: number,
): Generator<SimulatedRecord> {
  const lanes = new Map<string, Lane>();
  for (const record of streamOf(city)) {
    yield record;
    if (!record.value.includes('"type":"approval.')) continue;
    const event = JSON.parse(record.value) as CloudEvent;
    const name = `${event.source} ${partitionOfKey(record.key, partitions)}`;
    const lane = lanes.get(name) ?? { facts: 0, other: null, coming: [] };
    lanes.set(name, lane);
    lane.facts += 1;
    while (lane.coming[0] !== undefined && lane.coming[0].at <= lane.facts)
      yield (lane.coming.shift() as Lane['coming'][number]).made(record.receivedAt);
    const { other } = lane;
    const isFact = event.data.correctionOf === undefined || event.data.correctionOf === null;
    if (isFact && other !== null && other !== event.subject && lane.facts % MOVE_EVERY === 0) {
      const at = lane.facts + MOVE_AFTER;
      lane.coming.push({ at, made: (now) => moving(record, event, other, now) });
      if (lane.facts % (2 * MOVE_EVERY) === 0)
        lane.coming.push({ at: at + MOVE_AFTER, made: (now) => revoking(record, event, now) });
    }
    lane.other = event.subject;
  }
}

function moving(
  { key }: SimulatedRecord,
  event: CloudEvent,
  to: string,
  receivedAt: string,
): SimulatedRecord {
  const data = {
    ...event.data,
    recordedAt: receivedAt,
    correctionOf: { source: event.source, id: event.id },
    correctionReason: '编号录错',
    correctedType: event.type,
    correctedSubject: to,
  };
  const correction = { ...event, id: `${event.id}-moved`, type: 'approval.corrected', data };
  return { key, receivedAt, value: JSON.stringify(correction) };
}

function revoking(
  { key }: SimulatedRecord,
  event: CloudEvent,
  receivedAt: string,
): SimulatedRecord {
  const envelope = [
    'occurredPrecision',
    'vocabularyVersion',
    'agencyCode',
    'regionCode',
    'operator',
    'dataVersion',
  ];
  const data = {
    ...Object.fromEntries(envelope.map((name) => [name, event.data[name]])),
    recordedAt: receivedAt,
    correctionOf: { source: event.source, id: `${event.id}-moved` },
    correctionReason: '更正有误',
  };
  const revocation = { ...event, id: `${event.id}-back`, type: 'approval.revoked', data };
  return { key, receivedAt, value: JSON.stringify(revocation) };
}
