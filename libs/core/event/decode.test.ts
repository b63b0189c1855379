import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { createDecoder, type Decoded } from './decode.js';
import type { RejectReason } from './rejection.js';

type Json = Record<string, unknown>;

const decoder = createDecoder({
  feeds: (source) =>
    source === 'stranger'
      ? null
      : { source, authority: 'bd-zwb', agreedDelayHours: 24, batch: false },
});

const envelope: Json = {
  vocabularyVersion: '1.0',
  recordedAt: '2025-09-15T10:01:00.250+08:00',
  occurredPrecision: 'second',
  agencyCode: '111306026992345678',
  regionCode: '130606',
  operator: { staffNo: 'A1', unitCode: 'U1' },
  dataVersion: 1,
};

const received: Json = { receiptNo: 'S1', materials: [] };

function event(type: string, own: Json, changes: Json = {}): Json {
  const data = { ...envelope, ...own };
  const base = { specversion: '1.0', id: 'e1', source: 'bd-spj', type, subject: 'N/1' };
  return { ...base, time: '2025-09-15T10:00:00+08:00', data, ...changes };
}

function decodeText(value: Uint8Array | string | null, headers?: Record<string, string>): Decoded {
  const record = { value, receivedAt: 1_757_901_700_000, digest: 'd1' };
  return decoder.decode(headers === undefined ? record : { ...record, headers });
}

function decode(json: unknown): Decoded {
  return decodeText(new TextEncoder().encode(JSON.stringify(json)));
}

function eventOf(decoded: Decoded) {
  if (!decoded.ok) throw new Error(JSON.stringify(decoded.rejected));
  return decoded.event;
}

function fault(decoded: Decoded): [RejectReason, string | null] {
  if (decoded.ok) throw new Error('was accepted');
  return [decoded.rejected.reason, decoded.rejected.field];
}

describe('a record that keeps the contract', () => {
  it('becomes an event with three times, the case identity and every declared field', () => {
    const decoded = eventOf(
      decode(
        event('approval.received', { ...received, extra: 'x', receivedAt: 'x', rawDigest: 'x' }),
      ),
    );
    expect(decoded).toEqual({
      source: 'bd-spj',
      id: 'e1',
      type: 'approval.received',
      subject: 'N/1',
      caseId: 'bd-zwb/N/1',
      occurredAt: Date.UTC(2025, 8, 15, 2, 0, 0),
      recordedAt: Date.UTC(2025, 8, 15, 2, 1, 0, 250),
      receivedAt: 1_757_901_700_000,
      precision: 'second',
      vocabularyVersion: '1.0',
      agencyCode: '111306026992345678',
      regionCode: '130606',
      itemCode: null,
      itemVersion: null,
      operator: { staffNo: 'A1', name: null, post: null, unitCode: 'U1' },
      responsible: null,
      dataVersion: 1,
      correctionOf: null,
      correctionReason: null,
      docNo: null,
      rawDigest: 'd1',
      isTest: false,
      data: { receiptNo: 'S1', materials: [], extraDemand: null },
    });
  });

  it('is read the same in binary mode and as text', () => {
    const { data, ...attributes } = event('approval.received', received);
    const headers = Object.fromEntries(
      Object.entries(attributes).map(([name, value]) => [`ce_${name}`, String(value)]),
    );
    const structured = decode({ ...attributes, data });
    const binary = decodeText(JSON.stringify(data), {
      ...headers,
      'content-type': 'application/json; charset=utf-8',
    });
    expect(binary).toEqual(structured);
    expect(decodeText(JSON.stringify({ ...attributes, data }))).toEqual(structured);
  });

  it('may say doubtful things', () => {
    const doubtful = event('approval.received', {
      ...received,
      agencyCode: '000000000000000001',
      itemCode: 'no such item',
    });
    expect(decode({ ...doubtful, time: '9999-12-31T23:59:59Z' }).ok).toBe(true);
    expect(decode({ ...doubtful, time: '0001-01-01T00:00:00+08:00' }).ok).toBe(true);
  });

  it('may leave required texts and lists empty, and optional ones null', () => {
    const own = { roundNo: 1, materials: [], reasonText: '', dueOn: null, docNo: '' };
    const decoded = eventOf(decode(event('approval.supplement-requested', own)));
    expect(decoded.docNo).toBe('');
    expect(decoded.data).toEqual({ roundNo: 1, materials: [], reasonText: '', dueOn: null });
  });

  it('gives references, materials and decimals one form', () => {
    const materials = [{ code: 'M1', name: '申请书', status: 'received', unknown: 1 }];
    const fee = { feeCode: 'F', amount: '12.50', billNo: '' };
    const applied = {
      applicationType: 'new',
      applicant: { kind: 'natural', name: '某' },
      materials,
      channel: 'online',
      previousCaseId: 'N0',
      chainId: { authority: 'sheng', subject: 'L1' },
    };
    expect(eventOf(decode(event('approval.fee-charged', fee))).data.amount).toBe(12.5);
    expect(eventOf(decode(event('approval.applied', applied))).data).toMatchObject({
      previousCaseId: { authority: null, subject: 'N0' },
      chainId: { authority: 'sheng', subject: 'L1' },
      agent: null,
      materials: [
        { code: 'M1', name: '申请书', required: null, form: null, status: 'received', dueOn: null },
      ],
    });
  });

  it('stores approval.rated as rating.submitted of an approval', () => {
    const decoded = eventOf(decode(event('approval.rated', { score: 1, realName: false })));
    expect(decoded.type).toBe('rating.submitted');
    expect(decoded.data).toEqual({
      subjectType: 'approval',
      score: 1,
      realName: false,
      deviceHash: null,
      text: null,
      ratedPerson: null,
    });
  });

  it('may use either vocabulary version; a field of 1.1 is not seen in an event of 1.0', () => {
    const posting = { person: { staffNo: 'A', unitCode: 'U' }, post: '科长', from: '2025-01-01' };
    const of = (vocabularyVersion: string, delegated: unknown) =>
      decode(event('org.posting-changed', { ...posting, vocabularyVersion, delegated }));
    expect(eventOf(of('1.0', true)).data.delegated).toBeNull();
    expect(eventOf(of('1.0', 'not even a bool')).data.delegated).toBeNull();
    expect(eventOf(of('1.1', true)).data.delegated).toBe(true);
    expect(fault(of('1.1', 'yes'))).toEqual(['malformed-field', 'data.delegated']);
  });

  it('keeps the last of duplicated keys', () => {
    const text = JSON.stringify(event('approval.received', received)).replace(
      '"receiptNo":"S1"',
      '"receiptNo":"first","receiptNo":"last"',
    );
    expect(eventOf(decodeText(text)).data.receiptNo).toBe('last');
  });

  it('states the whole fact anew where it corrects', () => {
    const correction = {
      correctionOf: { source: 'bd-spj', id: 'e0' },
      correctionReason: '案号录错',
      correctedType: 'approval.received',
      correctedSubject: 'N2',
      ...received,
    };
    const decoded = eventOf(decode(event('approval.corrected', correction)));
    expect(decoded.type).toBe('approval.corrected');
    expect(decoded.caseId).toBe('bd-zwb/N/1');
    expect(decoded.correctionOf).toEqual({ source: 'bd-spj', id: 'e0' });
    expect(decoded.data).toEqual({
      correctedType: 'approval.received',
      correctedSubject: 'N2',
      receiptNo: 'S1',
      materials: [],
      extraDemand: null,
    });
  });
});

describe('a record that breaks the contract', () => {
  const good = event('approval.received', received);
  const own = (changes: Json) => event('approval.received', { ...received, ...changes });
  const pause = {
    pauseNo: 'P',
    pauseKind: 'B',
    legalBasis: '',
    startOn: '2025-09-18',
    limit: { value: 5, unit: 'G' },
  };
  const renewal = {
    applicationType: 'renewal',
    applicant: { kind: 'legal', name: '' },
    materials: [],
    channel: 'mail',
    licenceNo: 'L',
  };
  const cases: [string, unknown, RejectReason, string | null][] = [
    ['a list', [good], 'not-cloudevents', null],
    ['another specversion', { ...good, specversion: '0.3' }, 'not-cloudevents', 'specversion'],
    ['no id', { ...good, id: undefined }, 'missing-field', 'id'],
    ['an empty source', { ...good, source: '' }, 'malformed-field', 'source'],
    ['an unknown feed', { ...good, source: 'stranger' }, 'unknown-feed', 'source'],
    ['an unknown type', { ...good, type: 'approval.acepted' }, 'unknown-type', 'type'],
    ['a type of this system', { ...good, type: 'alert.raised' }, 'reserved-type', 'type'],
    ['a derived type', { ...good, type: 'approval.deemed-accepted' }, 'reserved-type', 'type'],
    ['no data', { ...good, data: null }, 'missing-field', 'data'],
    ['data as text', { ...good, data: '{}' }, 'malformed-field', 'data'],
    ['a time without zone', { ...good, time: '2025-09-15T10:00:00' }, 'time-without-zone', 'time'],
    ['a time with a blank', { ...good, time: '2025-09-15 10:00:00' }, 'time-without-zone', 'time'],
    ['30 February', { ...good, time: '2025-02-30T10:00:00Z' }, 'malformed-field', 'time'],
    ['a number as time', { ...good, time: 1 }, 'malformed-field', 'time'],
    [
      'a newer vocabulary',
      own({ vocabularyVersion: '2.0' }),
      'unknown-vocabulary-version',
      'data.vocabularyVersion',
    ],
    [
      'no vocabulary version',
      own({ vocabularyVersion: null }),
      'missing-field',
      'data.vocabularyVersion',
    ],
    ['no recording time', own({ recordedAt: undefined }), 'missing-field', 'data.recordedAt'],
    [
      'a recording time without zone',
      own({ recordedAt: '2025-09-15T10:00' }),
      'time-without-zone',
      'data.recordedAt',
    ],
    ['a short agency code', own({ agencyCode: '1113' }), 'malformed-field', 'data.agencyCode'],
    [
      'a letter O in the agency code',
      own({ agencyCode: '11130602699234567O' }),
      'malformed-field',
      'data.agencyCode',
    ],
    ['7 digits of region', own({ regionCode: '1306060' }), 'malformed-field', 'data.regionCode'],
    [
      '41 characters of item',
      own({ itemCode: 'x'.repeat(41) }),
      'malformed-field',
      'data.itemCode',
    ],
    [
      'an operator without unit',
      own({ operator: { staffNo: 'A' } }),
      'missing-field',
      'data.operator.unitCode',
    ],
    [
      'an unsafe data version',
      own({ dataVersion: 2 ** 53 }),
      'malformed-field',
      'data.dataVersion',
    ],
    [
      'a fraction as data version',
      own({ dataVersion: 1.5 }),
      'malformed-field',
      'data.dataVersion',
    ],
    ['a missing own field', own({ receiptNo: null }), 'missing-field', 'data.receiptNo'],
    ['a list as object', own({ materials: {} }), 'malformed-field', 'data.materials'],
    ['a null in a list', own({ materials: [null] }), 'malformed-field', 'data.materials[0]'],
    [
      'a material without code',
      own({ materials: [{ code: '', name: '' }, { name: '' }] }),
      'missing-field',
      'data.materials[1].code',
    ],
    [
      'a status outside the enum',
      own({ materials: [{ code: '', name: '', status: 'lost' }] }),
      'malformed-field',
      'data.materials[0].status',
    ],
    ['NUL in a text', own({ receiptNo: 'a\u0000' }), 'malformed-field', 'data.receiptNo'],
    ['half a surrogate pair', own({ receiptNo: 'a\ud83d' }), 'malformed-field', 'data.receiptNo'],
    ['NUL in the case number', { ...good, subject: '\u0000' }, 'malformed-field', 'subject'],
    [
      'a refusal without document number',
      event('approval.refused', { reasonKind: 'other', reasonText: '', remedyNotice: true }),
      'missing-field',
      'data.docNo',
    ],
    [
      'a pause of kind B without ground',
      event('approval.paused', pause),
      'missing-field',
      'data.ground',
    ],
    [
      'a renewal without expiry',
      event('approval.applied', renewal),
      'missing-field',
      'data.licenceExpiresOn',
    ],
    [
      'a correction without target',
      event('approval.corrected', { correctedType: 'approval.received', ...received }),
      'missing-field',
      'data.correctionOf',
    ],
    [
      'a correction into another stream',
      event('approval.corrected', {
        correctionOf: { source: 's', id: 'i' },
        correctedType: 'hotline.urged',
      }),
      'malformed-field',
      'data.correctedType',
    ],
    [
      'a revocation without target',
      event('hotline.revoked', {}),
      'missing-field',
      'data.correctionOf',
    ],
    [
      'a score of 6',
      event('approval.rated', { score: 6, realName: true }),
      'malformed-field',
      'data.score',
    ],
  ];
  it.each(cases)('%s', (_name, json, reason, field) => {
    expect(fault(decode(json))).toEqual([reason, field]);
  });

  it('accepts a pause of kind A without ground and a renewal with its licence', () => {
    expect(decode(event('approval.paused', { ...pause, pauseKind: 'A' })).ok).toBe(true);
    expect(
      decode(event('approval.applied', { ...renewal, licenceExpiresOn: '2026-01-01' })).ok,
    ).toBe(true);
  });

  it('names what cannot be read at all', () => {
    expect(fault(decodeText(null))).toEqual(['empty', null]);
    expect(fault(decodeText(new Uint8Array()))).toEqual(['empty', null]);
    expect(fault(decodeText(new Uint8Array([0x7b, 0xff])))).toEqual(['not-utf8', null]);
    expect(fault(decodeText('{"id": "\ud800"}'))).toEqual(['not-utf8', null]);
    expect(fault(decodeText('{"id": 1,'))).toEqual(['not-json', null]);
    expect(fault(decodeText('a,b,c\n1,2,3'))).toEqual(['not-json', null]);
    expect(fault(decodeText(' '.repeat(1_048_577)))).toEqual(['too-large', null]);
    expect(fault(decodeText('申'.repeat(349_526)))).toEqual(['too-large', null]);
  });

  it('keeps the identity as far as it can be read, and no value of a field', () => {
    const decoded = decode(own({ receiptNo: { idNo: '130602199001010011' } }));
    expect(decoded).toEqual({
      ok: false,
      rejected: {
        reason: 'malformed-field',
        field: 'data.receiptNo',
        params: { expected: 'string', got: 'object' },
        source: 'bd-spj',
        id: 'e1',
        subject: 'N/1',
        type: 'approval.received',
      },
    });
    const broken = decode({ ...good, id: 'a\u0000', source: 7, type: 'x'.repeat(300) });
    expect(broken).toMatchObject({ ok: false, rejected: { id: null, source: null, type: null } });
  });
});

describe('hostile records', () => {
  const amended = (changes: string) =>
    JSON.stringify(event('approval.amended', { changes: 1 })).replace(
      '"changes":1',
      `"changes":${changes}`,
    );

  it('are not led astray by __proto__', () => {
    const text = JSON.stringify(event('approval.received', {})).replace(
      '"data":{',
      '"data":{"__proto__":{"receiptNo":"S1","materials":[]},',
    );
    expect(fault(decodeText(text))).toEqual(['missing-field', 'data.receiptNo']);
    expect(fault(decodeText(amended('{"__proto__":{"a":1}}')))).toEqual([
      'malformed-field',
      'data.changes',
    ]);
    expect(({} as Json).a).toBeUndefined();
    expect(
      eventOf(decodeText(amended('{"constructor":{"a":[1,"b",null,true]}}'))).data.changes,
    ).toEqual({
      constructor: { a: [1, 'b', null, true] },
    });
  });

  it('cannot go deep', () => {
    const deep = (n: number) => `${'{"a":'.repeat(n)}1${'}'.repeat(n)}`;
    expect(decodeText(amended(deep(5))).ok).toBe(true);
    expect(fault(decodeText(amended(deep(6))))[0]).toBe('malformed-field');
    expect(decodeText('['.repeat(1_000_000)).ok).toBe(false);
    expect(decodeText(amended(deep(100_000))).ok).toBe(false);
    const buried = amended(`${'['.repeat(300_000)}${']'.repeat(300_000)}`);
    expect(decodeText(buried).ok).toBe(false);
  });

  it('cannot smuggle infinite numbers', () => {
    expect(fault(decodeText(amended('{"a":1e999}')))).toEqual([
      'malformed-field',
      'data.changes.a',
    ]);
  });

  it('are answered whatever their bytes and headers are', () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      fc.json().map((text) => new TextEncoder().encode(text)),
    );
    const headers = fc.dictionary(
      fc.constantFrom(
        'ce_specversion',
        'ce_id',
        'ce_source',
        'ce_type',
        'ce_subject',
        'ce_time',
        'content-type',
      ),
      fc.oneof(
        fc.constantFrom('1.0', 'approval.received', 'application/json'),
        fc.string({ unit: 'binary' }),
      ),
    );
    fc.assert(
      fc.property(bytes, headers, (value, given) => {
        expect(decodeText(value, given)).toMatchObject({ ok: false });
      }),
      { numRuns: 1000 },
    );
  });
});
