import { chownSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { OutgoingRecord } from '#streams/event-log.js';
import { keyPerPartition } from '#streams/key-per-partition.js';
import { outgoingOf } from '../../apps/cli/demo/publish-simulation.js';
import { withDatabase } from '../../apps/cli/demo/read-outcome.js';
import { freePorts } from '../../apps/cli/env/free-port.js';
import { unprivilegedUser } from '../../apps/cli/env/unprivileged-user.js';
import { awaitDrained, standingOf } from './await-drained.js';
import { compareSnapshots, countByKind, describeDifferences } from './compare.js';
import { Fleet } from './fleet.js';
import { endsOf } from './publish.js';
import { openSite, openStage, type Site, type Stage } from './site.js';
import { SmallDisk } from './small-disk.js';
import { findFaults, type Snapshot, takeSnapshot } from './snapshot.js';
import { streamOf } from './stream.js';

// A disk fills while a monitor consumes: the one under a database's tables, the one under the whole PostgreSQL server
// with its write-ahead log, the one under Kafka's log. Each time the monitor stays, says what is wrong, keeps its
// position, and goes on by itself once there is room: what is left is what a run with room enough leaves.

const CITY = { seed: 31, cases: 160, days: 10, startOn: '2025-03-03' };
const PARTITIONS = 3;
const MINUTE = 60_000;

/** Once for the file: where it cannot be had, the tests say so and are skipped. */
const probe = SmallDisk.mount(1);
probe?.unmount();
const onSmallDisk = probe === null ? it.skip : it;
const withKafka = process.env.KAFKA_UNAVAILABLE === undefined && probe !== null ? it : it.skip;

interface Health {
  readonly status: number;
  readonly body: { readonly ready: boolean; readonly reason: string | null };
}

/** A stage with one monitor whose health is asked. */
class Watched {
  readonly fleet: Fleet;

  private constructor(
    readonly stage: Stage,
    private readonly port: number,
  ) {
    this.fleet = new Fleet(stage, {
      MINGCHA_BATCH: '100',
      MINGCHA_TICK_MS: '50',
      MINGCHA_METRICS_PORT: String(port),
    });
  }

  static async on(stage: Stage): Promise<Watched> {
    return new Watched(stage, (await freePorts(1))[0] as number);
  }

  async health(): Promise<Health> {
    const answer = await fetch(`http://127.0.0.1:${this.port}/health`);
    return { status: answer.status, body: (await answer.json()) as Health['body'] };
  }

  async until(what: string, holds: (health: Health) => boolean): Promise<Health> {
    const end = Date.now() + MINUTE;
    for (;;) {
      const health = await this.health().catch(() => null);
      if (health !== null && holds(health)) return health;
      if (Date.now() > end)
        throw new Error(`not ${what} within a minute: ${JSON.stringify(health)}\n${this.log}`);
      await wait(100);
    }
  }

  get log(): string {
    return readFileSync(join(this.stage.folder, 'monitor-1.log'), 'utf8');
  }

  /** What was told of a failure, whatever was tried how often. */
  told(text: RegExp): string[] {
    return this.log.split('\n').filter((line) => text.test(line));
  }

  async saved(): Promise<number> {
    return (await standingOf(this.stage))?.saved ?? 0;
  }
}

const isFull = ({ status, body }: Health) =>
  status === 503 && !body.ready && /SQLSTATE 53100/.test(body.reason ?? '');

function records(): OutgoingRecord[] {
  const everywhere = keyPerPartition(PARTITIONS);
  return [...streamOf(CITY)].flatMap((record) => outgoingOf(record, everywhere));
}

const lastOf = (stream: readonly OutgoingRecord[]) =>
  Number(stream.at(-1)?.headers?.['mingcha-received-at']);

async function workOff(stage: Stage, stream: readonly OutgoingRecord[]): Promise<Snapshot> {
  const fleet = new Fleet(stage, {});
  try {
    fleet.start();
    await stage.log.publish(stage.topic, stream);
    await awaitDrained(stage, fleet, lastOf(stream));
  } finally {
    await fleet.stop();
  }
  return takeSnapshot(stage);
}

async function expectAlike(stages: readonly [Stage, Stage], undisturbed: Snapshot): Promise<void> {
  const left = await takeSnapshot(stages[1]);
  const differences = compareSnapshots(undisturbed, left);
  const report = await describeDifferences(differences, stages);
  if (report !== '') process.stderr.write(`${report}\n`);
  const faults = await findFaults(stages[1], await endsOf(stages[1]));
  expect({ differences: countByKind(differences), faults }).toEqual({
    differences: {},
    faults: [],
  });
  expect(undisturbed.get('alert')?.size).toBeGreaterThan(50);
}

describe('a disk that is full', () => {
  const stream = records();
  let calmSite: Site;
  let calm: Stage;
  let undisturbed: Snapshot;
  const closing: (() => Promise<unknown> | unknown)[] = [];

  async function close(): Promise<void> {
    for (const one of closing.splice(0).reverse()) await one();
  }

  async function stageOn(site: Site, name: string, tablespace?: string): Promise<Watched> {
    const stage = await openStage(site, {
      name,
      partitions: PARTITIONS,
      city: CITY,
      ...(tablespace === undefined ? {} : { tablespace }),
    });
    closing.push(() => stage.close());
    const watched = await Watched.on(stage);
    closing.push(() => watched.fleet.stop());
    return watched;
  }

  function smallDisk(mib: number): SmallDisk {
    const disk = SmallDisk.mount(mib);
    if (disk === null) throw new Error('the small disk is gone');
    closing.push(() => disk.unmount());
    return disk;
  }

  async function siteOn(...[eventLog, disks]: Parameters<typeof openSite>): Promise<Site> {
    const site = await openSite(eventLog, disks);
    closing.push(() => site.stop());
    return site;
  }

  beforeAll(async () => {
    if (probe === null) return;
    calmSite = await openSite('inbox');
    calm = await openStage(calmSite, { name: 'undisturbed', partitions: PARTITIONS, city: CITY });
    undisturbed = await workOff(calm, stream);
  }, 3 * MINUTE);

  afterAll(async () => {
    await close();
    await calm?.close();
    await calmSite?.stop();
  });

  onSmallDisk(
    'under the tables: told with its SQLSTATE, the position stays, and it goes on by itself',
    async () => {
      const disk = smallDisk(256);
      const site = await siteOn('inbox');
      const location = join(disk.folder, 'tables');
      mkdirSync(location);
      const user = await unprivilegedUser();
      if (user !== undefined) chownSync(location, user.uid, user.gid);
      await withDatabase(site.postgres.url, (client) =>
        client.query(`create tablespace small location '${location}'`),
      );
      const watched = await stageOn(site, 'tables', 'small');
      const { stage, fleet } = watched;
      await stage.log.publish(stage.topic, stream);
      disk.fill(3 * 1024 * 1024);
      fleet.start();
      const { body } = await watched.until('full', isFull);
      expect(body.reason).toMatch(
        /The disk of the PostgreSQL server is full \(SQLSTATE 53100: could not extend file .*No space left on device.*Make room/,
      );
      const saved = await watched.saved();
      expect(saved).toBeGreaterThan(0);
      expect(saved).toBeLessThan(stream.length);
      await wait(4_000);
      // A statement that needs no new page may still succeed; nothing moves but by whole batches.
      expect(await watched.saved()).toBeLessThan(stream.length);
      expect(isFull(await watched.health())).toBe(true);
      expect(
        watched.told(/"level":50.*The disk of the PostgreSQL server is full/).length,
      ).toBeLessThan(4);
      disk.free();
      await watched.until('well', ({ status }) => status === 200);
      await awaitDrained(stage, fleet, lastOf(stream));
      expect(fleet.falls).toEqual([]);
      expect(watched.told(/over after \d+ s .*The disk of the PostgreSQL server/)).not.toEqual([]);
      await fleet.stop();
      await expectAlike([calm, stage], undisturbed);
      await close();
    },
    5 * MINUTE,
  );

  onSmallDisk(
    'under the whole PostgreSQL server: the monitor outlives the server, however that ends',
    async () => {
      const disk = smallDisk(512);
      const settings = { max_wal_size: '64MB', min_wal_size: '32MB', shared_buffers: '32MB' };
      const site = await siteOn('inbox', { postgres: { folder: disk.folder, settings } });
      const watched = await stageOn(site, 'server');
      const { stage, fleet } = watched;
      await stage.log.publish(stage.topic, stream);
      disk.fill(6 * 1024 * 1024);
      fleet.start();
      const { body } = await watched.until(
        'unwell',
        ({ status, body }) =>
          status === 503 &&
          /PostgreSQL server (is full|does not answer)|disk/.test(body.reason ?? ''),
      );
      expect(body.ready).toBe(false);
      // Whoever looks after the server starts it again and again, as a service manager does.
      const end = Date.now() + 8_000;
      while (Date.now() < end) {
        if (site.postgres.pid === null) await site.postgres.restart().catch(() => undefined);
        await wait(500);
      }
      expect(fleet.falls).toEqual([]);
      expect((await watched.health()).status).toBe(503);
      disk.free();
      if (site.postgres.pid === null) await site.postgres.restart();
      await watched.until('well', ({ status }) => status === 200);
      await awaitDrained(stage, fleet, lastOf(stream));
      expect(fleet.falls).toEqual([]);
      await fleet.stop();
      await expectAlike([calm, stage], undisturbed);
      await close();
    },
    5 * MINUTE,
  );

  withKafka(
    'under Kafka: the broker ends, the monitor waits for it and says so',
    async () => {
      const disk = smallDisk(64);
      const site = await siteOn('kafka', { kafka: { folder: disk.folder } });
      const watched = await stageOn(site, 'broker');
      const { stage, fleet } = watched;
      fleet.start();
      const half = Math.floor(stream.length / 2);
      await stage.log.publish(stage.topic, stream.slice(0, half));
      await watched.until('reading', ({ status }) => status === 200);
      disk.fill(0);
      // A broker whose only log folder fails ends.
      const refused = await stage.log.publish(stage.topic, stream.slice(half)).then(
        () => null,
        (error: unknown) => error,
      );
      expect(refused).toBeInstanceOf(Error);
      const { body } = await watched.until('unwell', ({ status }) => status === 503);
      expect(body.reason).toMatch(/cannot be reached .* Nothing is lost/);
      expect(fleet.falls).toEqual([]);
      disk.free();
      if (site.kafka?.pid === null) await site.kafka.restart();
      await stage.log.publish(stage.topic, stream.slice(half));
      await awaitDrained(stage, fleet, lastOf(stream));
      await watched.until('well', ({ status }) => status === 200);
      expect(fleet.falls).toEqual([]);
      await fleet.stop();
      await expectAlike([calm, stage], undisturbed);
      await close();
    },
    5 * MINUTE,
  );
});
