import { hash } from 'node:crypto';
import type { Event } from '#core/event/event.js';
import type { Finding } from '#core/finding.js';
import { migrate } from '#store/data-source.js';
import { saveStep } from '#store/save-step.js';
import { emptyStep, type StepToSave } from '#store/step-to-save.js';
import { closeWriter, openWriter, type Writer } from '#store/writer.js';

/**
 * Saving alone, without streams and rules: batches of 1,000 events of 12-event cases, about 400 cases touched by each,
 * one finding with its alert for every 20 events. The limit is the same events and audit records with no case, no
 * finding and no alert, saved in batches of the same size in the same run.
 */
const BATCH = 1000;
const TOUCHED = 400;
const EVENTS_PER_CASE = 12;
const FINDING_EVERY = 20;
const TYPES = ['applied', 'received', 'accepted', 'step-entered', 'step-completed', 'decided'];

interface OpenCase {
  readonly caseId: string;
  readonly subject: string;
  version: number;
  events: number;
}

/** Makes the batches of one partition; deterministic. */
class Batches {
  private open: OpenCase[] = [];
  private made = 0;
  private offset = 0n;

  constructor(
    private readonly partition: number,
    private readonly withCases: boolean,
    private readonly run: string,
  ) {}

  private newCase(): OpenCase {
    this.made += 1;
    const subject = `SP2025-${this.run}-${this.partition}-${String(this.made).padStart(8, '0')}`;
    return { caseId: `xzsp-bd/${subject}`, subject, version: 0, events: 0 };
  }

  private makeEvent(of: OpenCase, at: number): { event: Event; raw: Buffer } {
    of.events += 1;
    const id = `${of.subject}-${of.events}`;
    const person = { staffNo: 'G0231', name: '李某', post: '承办岗', unitCode: '130600-07' };
    const attributes = {
      type: `approval.${TYPES[of.events % TYPES.length]}`,
      source: 'xzsp-bd',
      id,
      subject: of.subject,
    };
    const data = {
      stepCode: 'S3',
      stepRole: 'handle',
      opinion: '材料齐全,符合法定形式,同意受理并转入审核环节。',
      signed: true,
      stepLimit: { value: 3, unit: 'G' },
      materials: [{ code: 'M-01', name: '营业执照', form: 'electronic', status: 'received' }],
    };
    const raw = Buffer.from(
      JSON.stringify({
        specversion: '1.0',
        ...attributes,
        time: '2025-03-04T09:12:33+08:00',
        data: {
          ...data,
          recordedAt: '2025-03-04T09:13:00+08:00',
          agencyCode: '11130600000000000X',
          regionCode: '130602',
          itemCode: 'XK-0012',
          operator: person,
          responsible: person,
          dataVersion: 1,
          vocabularyVersion: '1.0',
          occurredPrecision: 'second',
          isTest: false,
        },
      }),
    );
    return {
      raw,
      event: {
        ...attributes,
        caseId: of.caseId,
        occurredAt: at - 60_000,
        recordedAt: at - 30_000,
        receivedAt: at,
        precision: 'second',
        vocabularyVersion: '1.0',
        agencyCode: '11130600000000000X',
        regionCode: '130602',
        itemCode: 'XK-0012',
        itemVersion: '3',
        operator: person,
        responsible: person,
        dataVersion: 1,
        correctionOf: null,
        correctionReason: null,
        docNo: null,
        rawDigest: hash('sha256', raw, 'hex'),
        isTest: false,
        data,
      },
    };
  }

  next(at: number): StepToSave {
    while (this.open.length < TOUCHED * 4) this.open.push(this.newCase());
    const touched = this.open.splice(0, TOUCHED);
    const events = [];
    const from = this.offset;
    for (let i = 0; i < BATCH; i += 1) {
      const { event, raw } = this.makeEvent(touched[i % TOUCHED] as OpenCase, at);
      events.push({
        event,
        raw,
        topic: `bench-${this.run}`,
        partition: this.partition,
        offset: from + BigInt(i),
        outcome: 'accepted' as const,
      });
    }
    this.offset += BigInt(BATCH);
    const step: StepToSave = {
      ...emptyStep('monitor', at),
      stream: {
        topic: `bench-${this.run}`,
        partition: this.partition,
        fromOffset: from,
        nextOffset: this.offset,
        consumedThrough: at,
      },
      events,
    };
    const full = this.withCases ? withCases(step, touched, at) : step;
    for (const each of touched) each.version += 1;
    this.open.push(...touched.filter((each) => each.events < EVENTS_PER_CASE));
    return full;
  }
}

function findingOf(of: OpenCase, at: number): Finding {
  return {
    id: hash('sha256', `${of.caseId} OD-02 ${of.version}`, 'hex'),
    ruleId: 'OD-02',
    ruleVersion: 3,
    subject: of.caseId,
    occurrence: `xzsp-bd/${of.subject}-${of.version}`,
    level: 'red',
    since: at,
    until: null,
    answerable: [{ role: 'handler', unitCode: '130600-07', staffNo: 'G0231' }],
    evidence: [{ source: 'xzsp-bd', id: `${of.subject}-1` }],
    explanation: {
      key: 'od-02',
      params: { used: 21, limit: 20 },
      days: Array.from({ length: 30 }, (_, day) => ({
        day: 20150 + day,
        kind: 'workday' as const,
        count: day,
        stop: null,
        note: null,
        provisional: false,
      })),
    },
    calendarVersion: 'cn-2025.1',
    referenceVersions: ['item:XK-0012@3'],
    inputsDigest: hash('sha256', of.caseId, 'hex'),
    restsOnAbsenceUntil: null,
    sources: ['xzsp-bd'],
    isTest: false,
  };
}

function withCases(step: StepToSave, touched: readonly OpenCase[], at: number): StepToSave {
  const found = touched
    .slice(0, BATCH / FINDING_EVERY)
    .map((of) => ({ of, finding: findingOf(of, at) }));
  return {
    ...step,
    cases: touched.map((of) => ({
      caseId: of.caseId,
      version: of.version,
      asOf: at,
      nextDueAt: of.events >= EVENTS_PER_CASE ? null : at + 86_400_000 * (1 + (of.events % 5)),
      regionCode: '130602',
      agencyCode: '11130600000000000X',
      itemCode: 'XK-0012',
      itemName: '食品经营许可',
      openState: of.events >= EVENTS_PER_CASE ? 'closed' : 'open',
      isTest: false,
    })),
    changes: found.map(({ of, finding }) => ({
      caseId: of.caseId,
      change: { kind: 'raised', at, before: null, after: finding },
    })),
    alerts: found.map(({ of, finding }) => ({
      alertId: finding.id,
      findingId: finding.id,
      caseId: of.caseId,
      revision: 1,
      kind: 'raised',
      at,
      reason: null,
      after: {
        state: 'raised',
        level: 'red',
        ruleId: 'OD-02',
        ruleVersion: 3,
        held: false,
        ended: false,
        retracted: false,
        groupedInto: null,
        awaited: [],
        regionCode: '130602',
        agencyCode: '11130600000000000X',
        itemCode: 'XK-0012',
        recipientUnit: '130600-07',
        subjectPersons: ['130600-07/G0231'],
        sharedSpace: true,
        isTest: false,
      },
      detail: {},
    })),
  };
}

interface Measured {
  readonly perSecond: number;
  readonly cpuUsPerEvent: number;
}

/** Saves ready-made steps, the lanes at the same time; making them is not measured. */
async function measure(writer: Writer, lanes: Batches[], rounds: number): Promise<Measured> {
  const at = Date.UTC(2025, 2, 5);
  let ms = 0;
  let cpu = 0;
  for (let made = 0; made < rounds; made += 10) {
    const count = Math.min(10, rounds - made);
    const ready = lanes.map((lane) =>
      Array.from({ length: count }, (_, index) => lane.next(at + (made + index) * 1000)),
    );
    const begun = performance.now();
    const before = process.cpuUsage();
    await Promise.all(
      ready.map(async (steps) => {
        for (const step of steps) await saveStep(writer, step);
      }),
    );
    const used = process.cpuUsage(before);
    ms += performance.now() - begun;
    cpu += used.user + used.system;
  }
  const events = rounds * lanes.length * BATCH;
  return { perSecond: events / (ms / 1000), cpuUsPerEvent: cpu / events };
}

/** One line of a benchmark's output: a value beside the bare limit measured in the same run. */
export interface StoreMeasure {
  readonly name: 'store';
  readonly value: number;
  readonly unit: 'events/s';
  readonly limit: number;
  readonly ratio: number;
  readonly run: string;
  /** CPU time of this process, in microseconds per event. */
  readonly cpuUsPerEvent: number;
}

export interface StoreBench {
  /** An empty database. */
  readonly url: string;
  /** Batches of 1,000 to save. */
  readonly batches: number;
  /** Partitions saved at the same time, each on a connection of its own. */
  readonly lanes: number;
  readonly sealed: boolean;
}

export async function benchStore(bench: StoreBench): Promise<StoreMeasure> {
  const { url, lanes, sealed } = bench;
  await migrate(url);
  const masterKey = sealed ? Buffer.alloc(32, 7) : null;
  const writer = openWriter({ url, role: 'mingcha_monitor', masterKey });
  const rounds = Math.ceil(bench.batches / lanes);
  const lane = (withCases: boolean, run: string): Batches[] =>
    Array.from({ length: lanes }, (_, partition) => new Batches(partition, withCases, run));
  try {
    await measure(writer, lane(true, 'warm'), Math.ceil(20 / lanes));
    const limit = await measure(writer, lane(false, 'bare'), rounds);
    const full = await measure(writer, lane(true, 'full'), rounds);
    return {
      name: 'store',
      value: Math.round(full.perSecond),
      unit: 'events/s',
      limit: Math.round(limit.perSecond),
      ratio: Number((full.perSecond / limit.perSecond).toFixed(2)),
      run: `${rounds * lanes} batches of ${BATCH}, ${lanes} partitions at once, ${sealed ? 'sealed' : 'plain'}`,
      cpuUsPerEvent: Number(full.cpuUsPerEvent.toFixed(1)),
    };
  } finally {
    await closeWriter(writer);
  }
}

if (import.meta.main) {
  const url = process.env.DATABASE_URL;
  if (url === undefined) throw new Error('bench store: set DATABASE_URL to an empty database.');
  const measured = await benchStore({
    url,
    batches: Number(process.env.BENCH_BATCHES ?? 120),
    lanes: Number(process.env.BENCH_LANES ?? 2),
    sealed: process.env.BENCH_PLAIN !== '1',
  });
  console.log(JSON.stringify(measured));
}
