import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { keyPerPartition } from '#streams/key-per-partition.js';
import { pausedCase, sentEvent } from '../api/sent-events.js';
import { mingcha, Office, start } from '../cli/run-mingcha.js';
import { until } from '../streams/batch-reader.js';

// The log deletes records before they are read: the feed's heartbeats of a week in which a case should have been decided
// (by 2025-06-11, example 6 of time.md). Whether the decision was among what is gone nobody knows, so the alert about it
// stays held, whatever the feed says later, until somebody has made sure.

const PARTITIONS = 2;
const DAY_MS = 86_400_000;

describe('records that the log deletes before they are read', () => {
  let office: Office;

  const send = (events: readonly Record<string, unknown>[], everywhere = false) =>
    office.log.publish(
      'mingcha.events',
      events.flatMap((event) => {
        const keys = everywhere ? keyPerPartition(PARTITIONS) : [String(event.subject)];
        const at = String(Date.parse(String(event.time)));
        const value = Buffer.from(JSON.stringify(event));
        return keys.map((key) => ({ key, value, headers: { 'mingcha-received-at': at } }));
      }),
    );

  const beat = (day: string) =>
    sentEvent('feed.heartbeat', {
      id: `beat-${day}`,
      subject: 'feed-a',
      at: `${day}T23:00`,
      data: {
        from: `${day}T00:00:00+08:00`,
        to: `${day}T23:00:00+08:00`,
      },
    });

  /** Alerts held for an instant behind the gap's beginning that the feed has passed since. */
  const heldBehindGap = () =>
    office.count(
      'alert_hold',
      "until > '2025-06-06T15:00:00Z' and until <= '2025-06-20T15:00:00Z'",
    );

  const monitor = () => office.startMonitor({ MINGCHA_RECORD_TIME: 'true' });

  beforeAll(async () => {
    office = await Office.open();
    await send(pausedCase('SP-9'));
    await send([beat('2025-06-06')], true);
    monitor();
    await office.until(() => office.isDrained());
    await office.stopMonitors();
    await send(
      [7, 8, 9, 10].map((day) => beat(`2025-06-${String(day).padStart(2, '0')}`)),
      true,
    );
    // As retention does: the oldest first, here all that there is.
    await office.admin.query('delete from inbox_record');
  }, 120_000);
  afterAll(() => office.close());

  it('are told and are a gap in the coverage of every lane, also where nothing comes after them', async () => {
    const run = monitor();
    await office.until(
      async () => (await office.count('source_coverage', 'gap_from is not null')) === 2,
    );
    await office.until(() => office.isDrained());
    expect(run.text.err).toContain('were deleted from the log before they were read');
    expect(run.text.err).toContain('mingcha admin close-gap');
    const { rows } = await office.admin.query(
      "select source, gap_from, gap_reason from source_coverage where known_to = 'infinity' order by source",
    );
    const gap = { gap_from: new Date('2025-06-06T15:00:00Z') };
    expect(rows).toEqual([
      {
        source: 'feed-a#0',
        ...gap,
        gap_reason: expect.stringMatching(/^records-lost mingcha\.events\/0 \d+-\d+$/),
      },
      {
        source: 'feed-a#1',
        ...gap,
        gap_reason: expect.stringMatching(/^records-lost mingcha\.events\/1 \d+-\d+$/),
      },
    ]);
  }, 60_000);

  it('hold the alert about what did not happen, although the feed goes on long past its deadline', async () => {
    await send([beat('2025-06-20'), beat('2025-06-24')], true);
    await office.until(() => office.isDrained());
    await office.until(async () => (await heldBehindGap()) > 0);
    await new Promise((resolve) => setTimeout(resolve, 4_000));
    expect(await heldBehindGap()).toBeGreaterThan(0);
    expect(await office.count('alert', 'held')).toBeGreaterThan(0);
  }, 60_000);

  it('show in /v1/coverage, in words', async () => {
    const api = start('api/main.js', [], {
      ...office.env,
      MINGCHA_API_PORT: '0',
      MINGCHA_METRICS_PORT: '0',
    });
    await until(() => api.text.out.includes('"Listening"'), 20_000);
    const line = api.text.out.split('\n').find((one) => one.includes('"Listening"')) ?? '{}';
    const { address } = JSON.parse(line) as { address: string };
    const answer = await fetch(`${address}/v1/coverage`, { headers: { 'accept-language': 'en' } });
    const { items } = (await answer.json()) as { items: { source: string; gaps: object[] }[] };
    expect(items.map(({ source }) => source)).toEqual(['feed-a']);
    expect(items[0]?.gaps).toEqual(
      [0, 1].map((partition) => ({
        from: '2025-06-06T15:00:00.000Z',
        reason: expect.stringContaining(`records-lost mingcha.events/${partition} `),
        text: expect.stringMatching(
          /deleted from the log before they were read.*2025-06-06 23:00.*held/,
        ),
      })),
    );
    // By HTTP a heartbeat reaches every lane, and a second time it changes nothing.
    const sent = Date.now();
    const now = new Date(sent - DAY_MS).toISOString();
    const posted = { ...beat('2025-06-25'), time: now };
    for (let n = 0; n < 2; n += 1) {
      const taken = await fetch(`${address}/v1/events`, {
        method: 'POST',
        headers: { 'content-type': 'application/cloudevents+json' },
        body: JSON.stringify(posted),
      });
      expect([taken.status, ((await taken.json()) as { records: number }).records]).toEqual([
        202, 1,
      ]);
    }
    await office.until(() => office.isDrained());
    expect(
      await office.count('inbox_record', "convert_from(value, 'UTF8') like '%beat-2025-06-25%'"),
    ).toBe(4);
    expect(await office.count('quarantine')).toBe(0);
    const { rows } = await office.admin.query(
      "select source from source_coverage where known_to = 'infinity' and evaluated_through = '2025-06-25T15:00:00Z'",
    );
    expect(rows).toHaveLength(2);
    api.child.kill('SIGTERM');
    await api.ended;
  }, 60_000);

  it('release the alert once the gap is closed', async () => {
    const closed = await mingcha(
      ['admin', 'close-gap', '--source', 'feed-a', '--reason', 'the feed has nothing more'],
      office.env,
    );
    expect(closed.code).toBe(0);
    await office.until(async () => (await heldBehindGap()) === 0);
    expect(
      await office.count('alert_event', "kind = 'released' and at > '2025-06-06T15:00:00Z'"),
    ).toBeGreaterThan(0);
  }, 60_000);
});
