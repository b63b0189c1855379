import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { canonicalJson } from '#core/audit/canonical-json.js';
import { matchEditions } from '#evidence/verify/match.js';
import { Report } from '#evidence/verify/outcome.js';
import { parsePolicy } from '#evidence/verify/policy.js';
import { nodeMachinery } from '#evidence/verify/shell/node-machinery.js';
import { verifyBundle } from '#evidence/verify/verify-bundle.js';
import { approveErasure, requestErasure } from '#store/keeping/erasure.js';
import { closeWriter, openWriter } from '#store/writer.js';
import { createDatabase, type TestDatabase } from '#test/env/database.js';
import { sentEvent } from '../api/sent-events.js';
import type { Sent } from '../monitor/monitor-desk.js';
import { STORE } from '../store/sample-step.js';
import {
  AT,
  EvidenceOffice,
  filesOf,
  guessable,
  heartbeat,
  sent,
  textIn,
  verified,
} from './office.js';

let database: TestDatabase;
let office: EvidenceOffice;

const LIMIT = { value: 20, unit: 'G' };

function accepted(subject: string): Sent {
  return sent(
    'approval.accepted',
    { id: `acc-${subject}`, subject, at: '2025-09-15T09:00' },
    {
      acceptedOn: '2025-09-15',
      statutoryLimit: LIMIT,
      promisedLimit: LIMIT,
      toleratedMaterials: [],
    },
  );
}

/** The decision that was entered under M1 belongs to M2. */
function movedDecision(): Sent {
  const stated = sentEvent('approval.decided', {
    id: 'moves',
    subject: 'M1',
    at: '2025-10-16T09:00',
  });
  const data = {
    ...(stated.data as object),
    recordedAt: '2025-10-22T09:00:00+08:00',
    correctionOf: { source: 'feed-a', id: 'dec' },
    correctionReason: '申办流水号录错',
    correctedType: 'approval.decided',
    correctedSubject: 'M2',
  };
  const event = { ...stated, type: 'approval.corrected', data };
  return { event, receivedAt: '2025-10-22T09:00:30+08:00' };
}

const catalog: Sent = {
  event: {
    ...sentEvent('catalog.item-published', {
      id: 'item',
      subject: '000131013000',
      at: '2025-01-02T09:00',
    }),
  },
  receivedAt: '2025-01-02T09:00:30+08:00',
};

beforeAll(async () => {
  database = await createDatabase(STORE);
  office = new EvidenceOffice(database.url);
  const { monitor } = office;
  await monitor.take(0, [catalog]);
  await monitor.take(0, ['M1', 'M2', 'E1', 'E2', 'E3'].map(accepted));
  await monitor.take(0, [
    sent('approval.decided', { id: 'dec', subject: 'M1', at: '2025-10-16T09:00' }),
  ]);
  await monitor.tick('2025-10-20T10:00:00+08:00');
  await monitor.take(0, [heartbeat('2025-10-20T11:00')]);
  await monitor.tick('2025-10-20T12:00:00+08:00');
  await monitor.take(0, [movedDecision()]);
  await monitor.tick('2025-10-25T10:00:00+08:00');
  await monitor.take(0, [heartbeat('2025-10-25T11:00')]);
  await monitor.tick('2025-10-25T12:00:00+08:00');
});

afterAll(async () => {
  await office.close();
  await database.drop();
});

/** An erasure that came all the same: while a request is open its cases are held (test/evidence/held.test.ts). */
async function erase(caseId: string): Promise<void> {
  await office.monitor.query(
    'set session_replication_role = replica; delete from export_case; set session_replication_role = origin',
  );
  const writer = openWriter({ url: database.url, role: 'mingcha_archivist', masterKey: null });
  try {
    const requestId = await requestErasure(
      writer,
      { caseId, reason: '期满' },
      { actor: 'one', at: AT, tenant: 'main' },
    );
    await approveErasure(writer, requestId, { actor: 'other', at: AT + 1, tenant: 'main' });
  } finally {
    await closeWriter(writer);
  }
}

const built = async (subject: string) => {
  const requestNo = await office.request({ kind: 'case', caseId: `feed-a/${subject}` });
  await office.log.settle();
  const full = await office.build(requestNo);
  return { files: filesOf(full.bytes), full, redacted: await office.build(requestNo, 'redacted') };
};

describe('a fact that a correction moved', () => {
  it('comes with its bytes and the record of its own case, and judging the case again needs nothing else', async () => {
    const { files, full, redacted } = await built('M2');
    const index = JSON.parse(textIn(files, 'data/source-events/index.json')) as {
      id: string;
      caseId: string | null;
      file: string;
      leafIndex: number;
      movedTo: { caseId: string; leafIndex: number; salt: string | null }[];
      use: string;
    }[];
    const moved = index.filter(({ movedTo }) => movedTo.length > 0);
    expect(moved.map(({ id, caseId }) => [id, caseId]).sort()).toEqual([
      ['dec', 'feed-a/M1'],
      ['moves', 'feed-a/M1'],
    ]);
    const loose = JSON.parse(textIn(files, 'data/loose.json')) as number[];
    for (const one of moved) {
      expect(one.movedTo[0]?.caseId).toBe('feed-a/M2');
      expect(loose).toContain(one.leafIndex);
      expect(files.has(one.file)).toBe(true);
    }
    expect(verified(full.bytes, office.log.policy)).toMatchObject({ exit: 0, said: [] });
    const kept = new Map(files).set(
      'data/source-events/index.json',
      Buffer.from(`${canonicalJson(index.map((one) => ({ ...one, movedTo: [] })) as never)}\n`),
    );
    const { outcomes } = verifyBundle(
      { files: kept, report: new Report() },
      parsePolicy(office.log.policy),
      nodeMachinery,
    );
    const places = moved.flatMap(({ movedTo }) =>
      movedTo.map(({ leafIndex }) => `data/records/${leafIndex}.json`),
    );
    expect(
      outcomes.flatMap(({ key, place }) => (key === 'source.unlisted' ? place : [])).sort(),
    ).toEqual(places.sort());
    expect(verified(redacted.bytes, office.log.policy).exit).toBe(0);
    const shown = filesOf(redacted.bytes);
    // A reference fact belongs to no case, so its record has no salt and names the plain digest.
    const [fact] = index.filter(({ use }) => use === 'reference');
    expect(guessable(files, shown)).toEqual(
      [`data/records/${fact?.leafIndex}.json`, 'data/source-events/index.json'].map(
        (path) => `${path} ${fact?.file}`,
      ),
    );
    const salts = moved.flatMap(({ movedTo }) => movedTo.map(({ salt }) => salt as string));
    expect(salts).toHaveLength(2);
    for (const salt of salts)
      expect(textIn(shown, 'data/source-events/index.json')).not.toContain(salt);
    expect(matchEditions(files, shown, nodeMachinery)).toMatchObject({ exit: 0, outcomes: [] });
  });

  it('stands in the bundle of the case that it was sent to as well', async () => {
    const { full } = await built('M1');
    expect(verified(full.bytes, office.log.policy)).toMatchObject({ exit: 0, said: [] });
  });
});

describe('reference facts', () => {
  it('of the items that the events name are there, with their bytes', async () => {
    const { files, full } = await built('M1');
    const references = JSON.parse(textIn(files, 'data/calendar/references.json')) as {
      event: { id: string };
    }[];
    expect(references.map(({ event }) => event.id)).toEqual(['item']);
    expect(verified(full.bytes, office.log.policy)).toMatchObject({ exit: 0, said: [] });
  });
});

describe('a case whose key was destroyed', () => {
  it('still gives its records and proofs; what was sealed is named as erased', async () => {
    await erase('feed-a/E1');
    const { files, full } = await built('E1');
    const index = JSON.parse(textIn(files, 'data/source-events/index.json')) as {
      id: string;
      erased: boolean;
      file: string | null;
    }[];
    expect(index.filter(({ erased }) => erased).map(({ id, file }) => [id, file])).toEqual([
      ['acc-E1', null],
    ]);
    expect(textIn(files, 'data/report.html')).toContain('密钥已按规定销毁');
    const { exit, said } = verified(full.bytes, office.log.policy);
    expect([exit, said.map(({ key }) => key)]).toEqual([
      0,
      ['source.erased', 'reevaluation.erased'],
    ]);
  });

  it('after the index was committed: the record of it is given alone', async () => {
    const requestNo = await office.request({ kind: 'case', caseId: 'feed-a/E2' });
    await office.log.checkpoint();
    await office.log.commitIndex();
    await erase('feed-a/E2');
    await office.log.checkpoint();
    const { bytes } = await office.build(requestNo);
    const files = filesOf(bytes);
    const loose = JSON.parse(textIn(files, 'data/loose.json')) as number[];
    const actions = loose.map(
      (leafIndex) => JSON.parse(textIn(files, `data/records/${leafIndex}.json`)).action,
    );
    expect(actions).toContain('data.erased');
    expect(verified(bytes, office.log.policy).exit).toBe(0);
  });

  it('after the state of the request was pinned: nothing could show it, so no bundle is made', async () => {
    const requestNo = await office.request({ kind: 'case', caseId: 'feed-a/E3' });
    await office.log.settle();
    await office.gather(requestNo);
    await erase('feed-a/E3');
    await expect(office.build(requestNo)).rejects.toMatchObject({
      reason: 'erased-since',
      params: { entity: 'case:feed-a/E3' },
    });
  });
});

describe('a case with a fact from a case that was erased', () => {
  it('is given; the fact as erased, by its record and that of the erasure, and its bytes cannot be guessed', async () => {
    const { files: before } = await built('M2');
    await erase('feed-a/M1');
    const { files, full, redacted } = await built('M2');
    const index = JSON.parse(textIn(files, 'data/source-events/index.json')) as {
      id: string;
      erased: boolean;
      file: string | null;
      decoded: string | null;
      digest: string;
      recordDigest: string;
      leafIndex: number;
      movedTo: { caseId: string; salt: string | null }[];
    }[];
    const gone = index.filter(({ erased }) => erased);
    expect(gone.map(({ id, file, decoded }) => [id, file, decoded]).sort()).toEqual([
      ['dec', null, null],
      ['moves', null, null],
    ]);
    for (const one of gone) {
      expect(one.movedTo).toMatchObject([{ caseId: 'feed-a/M2', salt: null }]);
      expect(one.digest).toBe(one.recordDigest);
    }
    const loose = JSON.parse(textIn(files, 'data/loose.json')) as number[];
    const actions = loose.map(
      (place) =>
        JSON.parse(textIn(files, `data/records/${place}.json`)) as {
          action: string;
          entity: string;
        },
    );
    expect(actions).toContainEqual(
      expect.objectContaining({ action: 'data.erased', entity: 'case:feed-a/M1' }),
    );
    const bytes = new Map([...before].filter(([path]) => /-events\/\d+-/.test(path)));
    const moved = [...bytes].filter(([path]) =>
      gone.some(({ leafIndex }) => path.includes(`/${leafIndex}-`)),
    );
    expect(moved).toHaveLength(2);
    expect(guessable(new Map(moved), files)).toEqual([]);
    for (const edition of [full, redacted]) {
      const { exit, said } = verified(edition.bytes, office.log.policy);
      expect([exit, said.filter(({ key }) => key === 'source.erased')]).toMatchObject([
        0,
        [{}, {}],
      ]);
    }
  });
});

describe('an index committed as of the middle of a transaction', () => {
  it('is not pinned: a finding would be there without its alert', async () => {
    const { monitor, log } = office;
    const requestNo = await office.request({ kind: 'case', caseId: 'feed-a/C1' });
    await monitor.take(0, [accepted('C1')]);
    await monitor.tick('2025-10-27T10:00:00+08:00');
    const waiting = await monitor.query<{ action: string; xid: string }>(
      `select action, xid::text from audit_record r
       where not exists (select from audit_leaf l where l.record_no = r.record_no) order by r.xid, record_no`,
    );
    const last = waiting.findLastIndex(({ action }) => action === 'finding.raised');
    expect(waiting[last + 1]).toMatchObject({ xid: waiting[last]?.xid });
    const cut = await log.sequence(last + 1);
    await log.settle();
    const { pin, chains } = await office.gather(requestNo);
    expect(pin.indexSize).toBeGreaterThan(cut);
    expect([...chains.keys()].some((entity) => entity.startsWith('alert:'))).toBe(true);
    const { bytes } = await office.build(requestNo);
    expect(verified(bytes, log.policy)).toMatchObject({ exit: 0, said: [] });
  });
});
