import { describe, expect, it } from '@jest/globals';
import type { DeliveredBatch, LogRecord } from '#streams/event-log.js';
import { sendsOf } from '#streams/kafka/kafka-publisher.js';
import { type FetchedChunk, PartitionLane } from '#streams/partition-lane.js';
import { quarantineRecord, toOutgoing } from '#streams/quarantine-record.js';
import { ReadMarks } from '#streams/read-marks.js';
import { startingPoint } from '#streams/starting-point.js';

const record = (offset: bigint, bytes = 10): LogRecord => ({
  topic: 't',
  partition: 0,
  offset,
  key: null,
  value: new Uint8Array(bytes),
  headers: {},
  appendedAt: 1,
});

const chunk = (offsets: readonly bigint[], nextOffset: bigint, bytes = 10): FetchedChunk => ({
  records: offsets.map((offset) => record(offset, bytes)),
  nextOffset,
  highWatermark: 100n,
  fetchedAt: 5,
});

function openLane(options: { maxRecords?: number; capacityBytes?: number } = {}) {
  const out: DeliveredBatch[] = [];
  const told: string[] = [];
  const lane = new PartitionLane({
    topic: 't',
    partition: 0,
    savedPosition: 10n,
    readFrom: 10n,
    missing: null,
    maxRecords: options.maxRecords ?? 3,
    capacityBytes: options.capacityBytes ?? 1_000_000,
    deliver: (batch) => out.push(batch),
    onRoom: () => told.push('room'),
    onFailed: () => told.push('failed'),
  });
  return { lane, out, told };
}

const offsetsOf = (batch: DeliveredBatch | undefined) => batch?.records.map(({ offset }) => offset);

describe('the lane of a partition', () => {
  it('has one batch out, joins small chunks and cuts large ones, and leaves no hole between batches', () => {
    const { lane, out } = openLane();
    lane.push(chunk([10n], 11n));
    lane.push(chunk([12n], 13n));
    lane.push(chunk([13n, 14n, 17n, 18n], 20n));
    expect(out.length).toBe(1);
    out[0]?.settle();
    out[1]?.settle();
    out[2]?.settle();
    expect(out.map(offsetsOf)).toEqual([[10n], [12n, 13n, 14n], [17n, 18n]]);
    expect(out.map(({ startOffset, nextOffset }) => [startOffset, nextOffset])).toEqual([
      [10n, 11n],
      [11n, 15n],
      [15n, 20n],
    ]);
    expect(lane.progress().position).toBe(20n);
  });

  it('covers with the next batch the offsets that are not shown', () => {
    const { lane, out } = openLane();
    lane.push(chunk([], 14n));
    expect(out).toEqual([]);
    expect(lane.progress().position).toBe(14n);
    lane.push(chunk([14n], 16n));
    expect(out[0]).toMatchObject({ startOffset: 10n, nextOffset: 16n });
  });

  it('is full by bytes and tells once that there is room again', () => {
    const { lane, out, told } = openLane({ capacityBytes: 1_000, maxRecords: 1 });
    lane.push(chunk([10n, 11n, 12n, 13n], 14n, 200));
    expect(lane.isFull).toBe(true);
    out[0]?.settle();
    expect(told).toEqual([]);
    out[1]?.settle();
    expect(told).toEqual(['room']);
    out[2]?.settle();
    out[3]?.settle();
    expect(told).toEqual(['room']);
    expect(lane.isFull).toBe(false);
  });

  it('settles a batch once, and delivers nothing after a failure', () => {
    const { lane, out, told } = openLane({ maxRecords: 1 });
    lane.push(chunk([10n, 11n, 12n], 13n));
    out[0]?.settle();
    out[0]?.settle();
    out[0]?.fail(new Error('late'));
    expect(out.length).toBe(2);
    out[1]?.fail(new Error('refused'));
    expect(told).toEqual(['failed']);
    expect(out.length).toBe(2);
    expect(lane.progress().position).toBe(11n);
  });

  it('aborts what is out when the partition is taken away, and is idle once that is settled', async () => {
    const { lane, out } = openLane({ maxRecords: 1 });
    lane.push(chunk([10n, 11n], 12n));
    let idle = false;
    const waiting = lane.whenIdle().then(() => {
      idle = true;
    });
    lane.retire(true);
    expect(out[0]?.revoked.aborted).toBe(true);
    await Promise.resolve();
    expect(idle).toBe(false);
    out[0]?.settle();
    await waiting;
    expect(out.length).toBe(1);
    expect(lane.progress().position).toBe(11n);
  });

  it('survives ten thousand batches that are settled within their delivery', () => {
    let settled = 0;
    const lane = new PartitionLane({
      topic: 't',
      partition: 0,
      savedPosition: 0n,
      readFrom: 0n,
      missing: null,
      maxRecords: 1,
      capacityBytes: 1e9,
      deliver: (batch) => {
        settled++;
        batch.settle();
      },
      onRoom: () => undefined,
      onFailed: () => undefined,
    });
    lane.push(
      chunk(
        Array.from({ length: 10_000 }, (_, n) => BigInt(n)),
        10_000n,
      ),
    );
    expect(settled).toBe(10_000);
  });
});

describe('marks of how far was read', () => {
  it('answers the latest instant whose end is settled', () => {
    const marks = new ReadMarks();
    expect(marks.reached(1_000n)).toBeNull();
    marks.add(10n, 1_000);
    marks.add(20n, 2_000);
    expect(marks.reached(9n)).toBeNull();
    expect(marks.reached(10n)).toBe(1_000);
    expect(marks.reached(19n)).toBe(1_000);
    expect(marks.reached(20n)).toBe(2_000);
    marks.add(20n, 3_000);
    expect(marks.reached(20n)).toBe(3_000);
  });

  it('never answers later than true over a backlog of any length', () => {
    const marks = new ReadMarks();
    for (let n = 1; n <= 5_000; n++) marks.add(BigInt(n * 10), n);
    let last = 0;
    for (let position = 0; position <= 50_000; position += 777) {
      const reached = marks.reached(BigInt(position)) ?? 0;
      expect(reached).toBeLessThanOrEqual(Math.floor(position / 10));
      expect(reached).toBeGreaterThanOrEqual(last);
      last = reached;
    }
    expect(marks.reached(50_000n)).toBe(5_000);
  });
});

describe('the starting point', () => {
  const log = { first: 5n, end: 20n };
  it.each([
    [null, { kind: 'read', readFrom: 5n, missing: null }],
    [5n, { kind: 'read', readFrom: 5n, missing: null }],
    [4n, { kind: 'read', readFrom: 5n, missing: { from: 4n, to: 5n } }],
    [20n, { kind: 'read', readFrom: 20n, missing: null }],
    [21n, { kind: 'beyond-end', position: 21n, end: 20n }],
  ])('for the saved position %s', (position, expected) => {
    expect(startingPoint(position, log)).toEqual(expected);
  });
});

describe('sends of a publish', () => {
  const sized = (...bytes: number[]) => bytes.map((n) => ({ key: 'k', value: new Uint8Array(n) }));
  it.each([
    [sized(), []],
    [sized(1, 1), [[0, 2]]],
    [
      sized(700_000, 100_000, 1),
      [
        [0, 1],
        [1, 3],
      ],
    ],
    [
      sized(1, 5_000_000, 1),
      [
        [0, 1],
        [1, 2],
        [2, 3],
      ],
    ],
  ])('stay below the limit of a batch (%#)', (records, expected) => {
    expect([...sendsOf(records)]).toEqual(expected);
  });
});

describe('a quarantined record', () => {
  it('keeps the bytes and their place', () => {
    const kept = quarantineRecord(
      { ...record(2n ** 60n), key: 'C1', value: Buffer.from('not JSON \xff', 'latin1') },
      { reason: 'not-json', field: null, detail: 'byte 0', source: 'S1' },
    );
    expect(kept.offset).toBe('1152921504606846976');
    expect(Buffer.from(kept.valueBase64 ?? '', 'base64').toString('latin1')).toBe('not JSON \xff');
    // printf 'not JSON \xff' | sha256sum
    expect(kept.digest).toBe('b2148d649922a29fd84a4420ad595edba9d6c6eb71fa818b68b79ce439f4e477');
    expect(JSON.parse(Buffer.from(toOutgoing(kept).value ?? []).toString())).toEqual(kept);
  });
});
