import { type SimulatedRecord, type SimulateOptions, simulate } from '#simulator/simulate.js';

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
