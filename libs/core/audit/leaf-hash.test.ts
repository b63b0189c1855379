import { describe, expect, it } from '@jest/globals';
import { type AuditRecord, leafText } from './audit-record.js';
import { canonicalJson } from './canonical-json.js';
import { leafHash } from './leaf-hash.js';

const hex = (bytes: Uint8Array): string =>
  [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');

const record: AuditRecord = {
  id: 'case:feed-a/SP1#2',
  time: Date.UTC(2025, 0, 2, 3, 4, 5, 6),
  actor: 'monitor',
  action: 'event.accepted',
  object: 'event:feed-a/42',
  schema: 'mingcha.event-accepted/1',
  tenant: 'main',
  entity: 'case:feed-a/SP1',
  entitySeq: 2,
  prev: 'ab',
  ruleVersion: null,
  inputsDigest: 'cd',
  traceId: null,
  fields: { type: 'approval.accepted', 名称: '受理', offset: '7' },
};

describe('leafHash', () => {
  it('of nothing is SHA-256 of one zero byte (RFC 6962 test data: empty leaf)', () => {
    expect(hex(leafHash(''))).toBe(
      '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
    );
  });

  it('agrees with the first non-empty leaf of the RFC 6962 reference tree (byte 0x00)', () => {
    expect(hex(leafHash('\u0000'))).toBe(
      '96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7',
    );
  });
});

describe('leafText', () => {
  it('is the canonical JSON of the envelope with an RFC 3339 time', () => {
    expect(leafText(record)).toBe(canonicalJson({ ...record, time: '2025-01-02T03:04:05.006Z' }));
  });

  it.each([[0.5], [2 ** 53], [-0]])('refuses the number %p', (offset) => {
    expect(() => leafText({ ...record, fields: { deep: [{ offset }] } })).toThrow(
      /fields\.deep\.0\.offset/,
    );
  });
});
