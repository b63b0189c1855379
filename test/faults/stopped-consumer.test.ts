import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { OutgoingRecord } from '#streams/event-log.js';
import { keyPerPartition } from '#streams/key-per-partition.js';
import { outgoingOf } from '../../apps/cli/demo/publish-simulation.js';
import { withDatabase } from '../../apps/cli/demo/read-outcome.js';
import { awaitDrained } from './await-drained.js';
import { Fleet } from './fleet.js';
import { openSite, openStage, type Site, type Stage } from './site.js';
import { streamOf } from './stream.js';

// Our own consumer stands still for a week while records go on arriving, and is started again. It then runs as in
// production: the clock on the wall is far ahead of the backlog, and what the log says of a record's receipt counts
// (the inbox, whose times are set back to the simulated ones). Beside it, a run that never stood still. Whatever is
// alerted must be what the backlog says in the end: our own lag accuses nobody.

const CITY = { seed: 21, cases: 400, days: 25, startOn: '2025-03-03' };
const PARTITIONS = 3;
// Just after the heartbeats of noon, which all partitions get: by them all are read through the same instant.
const STOPPED_AT = Date.parse('2025-03-19T12:00:00+08:00') + 1;
const RESTARTED_AT = Date.parse('2025-03-26T12:00:00+08:00') + 1;
const RECEIVED_AT = 'mingcha-received-at';

interface AlertStep {
  readonly alert_id: string;
  readonly kind: string;
  readonly state: string;
  readonly at: Date;
}

const receivedAt = (record: OutgoingRecord) => Number(record.headers?.[RECEIVED_AT]);

function recordsBetween(from: number, to: number): OutgoingRecord[] {
  const everywhere = keyPerPartition(PARTITIONS);
  return [...streamOf(CITY)]
    .flatMap((record) => outgoingOf(record, everywhere))
    .filter((record) => receivedAt(record) >= from && receivedAt(record) < to);
}

describe('a consumer that stood still for a week', () => {
  let site: Site;
  const stages: Stage[] = [];
  let peace: AlertStep[];
  let late: AlertStep[];

  async function stepsOf(stage: Stage): Promise<AlertStep[]> {
    return withDatabase(stage.databaseUrl, async (client) => {
      const { rows } = await client.query<AlertStep>(
        'select alert_id, kind, state, at from alert_event order by alert_id, event_no',
      );
      return rows;
    });
  }

  async function open(name: string): Promise<Stage> {
    const stage = await openStage(site, { name, partitions: PARTITIONS, city: CITY });
    stages.push(stage);
    return stage;
  }

  /** Publishes the records and lets monitors work them off. */
  async function workOff(stage: Stage, records: readonly OutgoingRecord[]): Promise<void> {
    const fleet = new Fleet(stage, { MINGCHA_BATCH: '200' });
    try {
      fleet.start();
      await stage.log.publish(stage.topic, records);
      await awaitDrained(stage, fleet, receivedAt(records.at(-1) as OutgoingRecord));
    } finally {
      await fleet.stop();
    }
    expect(fleet.falls).toEqual([]);
  }

  /** The week's backlog lies in the log; monitors start and run by the clock on the wall, until all is read and due. */
  async function catchUp(stage: Stage, records: readonly OutgoingRecord[]): Promise<void> {
    await stage.log.publish(stage.topic, records);
    await withDatabase(stage.databaseUrl, (client) =>
      client.query(`update inbox_record set appended_at = (headers->>'${RECEIVED_AT}')::bigint`),
    );
    const startedAt = Date.now();
    const fleet = new Fleet(stage, { MINGCHA_BATCH: '100', MINGCHA_RECORD_TIME: 'false' });
    try {
      for (let n = 0; n < 2; n += 1) fleet.start();
      await awaitDrained(stage, fleet, startedAt + 2_000);
    } finally {
      await fleet.stop();
    }
    expect(fleet.falls).toEqual([]);
  }

  beforeAll(async () => {
    site = await openSite('inbox');
    const undisturbed = await open('undisturbed');
    await workOff(undisturbed, recordsBetween(0, RESTARTED_AT));
    peace = await stepsOf(undisturbed);
    const stopped = await open('stopped');
    await workOff(stopped, recordsBetween(0, STOPPED_AT));
    const before = await stepsOf(stopped);
    await catchUp(stopped, recordsBetween(STOPPED_AT, RESTARTED_AT));
    late = await stepsOf(stopped);
    expect(late.length).toBeGreaterThan(before.length);
  }, 240_000);

  afterAll(async () => {
    for (const stage of stages) await stage.close();
    await site?.stop();
  });

  const until = (steps: readonly AlertStep[]) =>
    steps.filter(({ at }) => at.getTime() <= RESTARTED_AT);
  const isTold = ({ kind, state }: AlertStep) =>
    (kind === 'raised' || kind === 'released') && state === 'raised';

  it('raises and releases exactly what one that never stood still does', () => {
    expect(until(peace).filter(isTold).length).toBeGreaterThan(20);
    expect(until(late)).toEqual(until(peace));
  });

  it('tells of nothing that lies beyond what the log has covered, however late it is on the wall', () => {
    const beyond = late.filter(({ at }) => at.getTime() > RESTARTED_AT);
    // The clock ran on for months, so that deadlines passed of which nobody has said anything: all of them are held.
    expect(beyond.some(({ kind }) => kind === 'held')).toBe(true);
    expect(beyond.filter(isTold)).toEqual([]);
  });
});
