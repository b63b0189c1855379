import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Event } from '#core/event/event.js';
import { CaseSpill } from '../../apps/cli/log/case-spill.js';
import { type CaseEvents, casesOf, groupByCase } from '../../apps/cli/log/external-sort.js';
import { RunMerge } from '../../apps/cli/log/run-merge.js';

type Key = Pick<Event, 'subject' | 'occurredAt' | 'recordedAt' | 'source' | 'id'>;

function eventOf(key: Key): Event {
  return {
    ...key,
    type: 'x.activity',
    caseId: `a/${key.subject}`,
    receivedAt: key.recordedAt,
    precision: 'second',
    vocabularyVersion: '1.1',
    agencyCode: '000000000000000000',
    regionCode: '000000',
    itemCode: null,
    itemVersion: null,
    operator: { staffNo: 'S1', name: '张三', post: null, unitCode: 'U1' },
    responsible: null,
    dataVersion: 1,
    correctionOf: null,
    correctionReason: 'line\nbreak',
    docNo: null,
    rawDigest: 'd',
    isTest: false,
    data: { note: '备注 "quoted"', amount: 1.5, absent: null, list: ['x'] },
  };
}

async function* stream(events: readonly Event[]): AsyncIterable<Event> {
  yield* events;
}

async function collect(events: readonly Event[], maxInMemory?: number): Promise<CaseEvents[]> {
  const cases: CaseEvents[] = [];
  for await (const found of casesOf(stream(events), maxInMemory ? { maxInMemory } : {})) {
    cases.push(found);
  }
  return cases;
}

const leftovers = (): string[] =>
  readdirSync(tmpdir()).filter((name) => name.startsWith('mingcha-sort-'));

const keys = fc.array(
  fc.record({
    subject: fc.constantFrom('1', '10', '2', 'é', '中', '"a\\b\t'),
    occurredAt: fc.integer({ min: -3, max: 3 }),
    recordedAt: fc.integer({ min: 0, max: 2 }),
    source: fc.constantFrom('s', 't'),
    id: fc.string({ minLength: 1, maxLength: 2 }),
  }),
  { maxLength: 60 },
);

describe('casesOf', () => {
  it('orders by case, then (occurredAt, recordedAt, source, id), with and without spilling', async () => {
    await fc.assert(
      fc.asyncProperty(keys, fc.integer({ min: 1, max: 20 }), async (found, maxInMemory) => {
        const events = found.map(eventOf);
        const spilled = await collect(events, maxInMemory);
        expect(await collect(events)).toEqual(spilled);
        expect(await collect([...events].reverse(), maxInMemory)).toEqual(spilled);
        expect(spilled.map(({ caseId }) => caseId)).toEqual(
          [...new Set(events.map((event) => event.caseId))].sort(),
        );
        const flat = spilled.flatMap((one) => one.events);
        expect(flat).toHaveLength(events.length);
        for (const { caseId, events: own } of spilled) {
          for (const [index, event] of own.entries()) {
            expect(event.caseId).toBe(caseId);
            const before = own[index - 1];
            if (before === undefined) continue;
            const times =
              before.occurredAt - event.occurredAt || before.recordedAt - event.recordedAt;
            const names =
              before.source < event.source ||
              (before.source === event.source && before.id <= event.id);
            expect(times < 0 || (times === 0 && names)).toBe(true);
          }
        }
      }),
      { numRuns: 60 },
    );
  });

  it('merges more runs than may be open at once, and gives back every event unchanged', async () => {
    const events = Array.from({ length: 1000 }, (_, i) =>
      eventOf({
        subject: String((i * 7919) % 97),
        occurredAt: (i * 31) % 50,
        recordedAt: 5,
        source: 's',
        id: `e${i}`,
      }),
    );
    const cases = await collect(events, 3);
    const byId = new Map(cases.flatMap((one) => one.events).map((event) => [event.id, event]));
    expect(byId.size).toBe(1000);
    for (const event of events) expect(byId.get(event.id)).toEqual(event);
  });

  it('leaves no file behind: at the end, when stopped early, when the log fails', async () => {
    const before = leftovers();
    const events = Array.from({ length: 50 }, (_, i) =>
      eventOf({ subject: String(i), occurredAt: i, recordedAt: i, source: 's', id: `e${i}` }),
    );
    await collect(events, 5);
    for await (const _ of casesOf(stream(events), { maxInMemory: 5 })) break;
    async function* failing(): AsyncIterable<Event> {
      yield* events;
      throw new Error('the log ends in the middle');
    }
    const failed = async (): Promise<void> => {
      for await (const _ of casesOf(failing(), { maxInMemory: 5 })) expect(_).toBeUndefined();
    };
    await expect(failed()).rejects.toThrow('the log ends in the middle');
    expect(leftovers()).toEqual(before);
  });

  it('leaves no file behind when the process is stopped by a signal', () => {
    // The folder's own code in a process of its own: signals cannot be tried in this one.
    const script = `
      import { registerHooks } from 'node:module';
      // Sources name each other by what is built of them.
      registerHooks({ resolve: (name, context, next) => next(name.replace(/^(\\..*)\\.js$/, '$1.ts'), context) });
      const { TemporaryFolder } = await import(process.argv[1]);
      const folder = new TemporaryFolder('mingcha-signal-');
      console.log(folder.path);
      process.kill(process.pid, 'SIGINT');
      setTimeout(() => {}, 5000);`;
    const module = new URL(
      '../../apps/cli/log/temporary-folder.ts',
      `file://${import.meta.filename}`,
    );
    const run = spawnSync(process.execPath, ['--input-type=module', '-e', script, module.href], {
      encoding: 'utf8',
      env: { ...process.env, NODE_OPTIONS: '--experimental-transform-types --no-warnings' },
    });
    expect(run.signal).toBe('SIGINT');
    expect(run.stdout.trim()).toContain('mingcha-signal-');
    expect(existsSync(run.stdout.trim())).toBe(false);
  });

  it('refuses a bound that is no bound', async () => {
    await expect(collect([], -1)).rejects.toThrow(/maxInMemory is -1/);
  });
});

describe('events divided into shares', () => {
  it('puts each case into one share, the same in every spill, and loses none', () => {
    const folder = mkdtempSync(join(tmpdir(), 'mingcha-shares-'));
    try {
      const events = Array.from({ length: 200 }, (_, i) =>
        eventOf({
          subject: String(i % 23),
          occurredAt: i,
          recordedAt: i,
          source: 's',
          id: `e${i}`,
        }),
      );
      const spills = ['a', 'b'].map(
        (name) => new CaseSpill({ maxInMemory: 7, shares: 3, folder: () => folder, name }),
      );
      for (const [index, event] of events.entries()) spills[index % 2]?.add(event);
      const runs = spills.map((spill) => spill.seal());
      const shares = [0, 1, 2].map((share) => [
        ...groupByCase(new RunMerge(runs.flatMap((one) => one[share] ?? [])), new Map()),
      ]);
      for (const cases of shares) expect(cases.length).toBeGreaterThan(0);
      const divided = shares.flat().sort((a, b) => (a.caseId < b.caseId ? -1 : 1));
      expect(divided.map(({ caseId }) => caseId)).toEqual(
        [...new Set(events.map(({ caseId }) => caseId))].sort(),
      );
      expect(divided.flatMap((one) => one.events)).toHaveLength(events.length);
      for (const { caseId, events: own } of divided)
        expect(own).toEqual(events.filter((event) => event.caseId === caseId));
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe('corrections that move facts between cases', () => {
  const of = (subject: string, id: string, changes: Partial<Event> = {}): Event => ({
    ...eventOf({ subject, id, occurredAt: 0, recordedAt: 0, source: 's' }),
    rawDigest: `${subject} ${id}`,
    ...changes,
  });
  const correcting = (subject: string, id: string, target: string, to: string | null): Event =>
    of(subject, id, {
      type: 'approval.corrected',
      correctionOf: { source: 's', id: target },
      data: { correctedType: 'approval.decided', correctedSubject: to },
    });
  const fact = of('5', 'e', { type: 'approval.decided' });
  const log = [
    // Moved twice, to a case before its own and to one of which nothing else is known.
    correcting('1', 'c2', 'c1', '7'),
    of('1', 'o'),
    correcting('5', 'c1', 'e', '1'),
    of('9', 'o9'),
    fact,
    of('5', 'o5'),
    // A correction that stays, and one whose target never came.
    correcting('9', 'c9', 'o9', null),
    correcting('9', 'w', 'never', '3'),
  ];

  it.each([1, 2, 3, 100])(
    'stand in every case that they concern, %i events in memory',
    async (max) => {
      for (const order of [log, log.toReversed()]) {
        const cases = await collect(order, max);
        expect(
          cases.map(({ caseId, events }) => [caseId, events.map(({ id }) => id).sort()]),
        ).toEqual([
          ['a/1', ['c1', 'c2', 'e', 'o']],
          ['a/3', ['w']],
          ['a/5', ['c1', 'c2', 'e', 'o5']],
          ['a/7', ['c1', 'c2', 'e']],
          ['a/9', ['c9', 'o9', 'w']],
        ]);
      }
      expect(leftovers()).toEqual([]);
    },
  );
});
