import { describe, expect, it } from '@jest/globals';
import { describeField, parseFields } from './field-type.js';
import { correctableTypes, REFERENCE_STREAMS, STREAMS, VOCABULARY } from './vocabulary.js';

describe('vocabulary', () => {
  it('has the streams of events.md sections 3 and 4, each with its correction and revocation', () => {
    expect(STREAMS).toEqual(
      'approval complaint hotline petition rating commitment chain policy enterprise enforcement remote counter catalog calendar org feed'.split(
        ' ',
      ),
    );
    for (const stream of STREAMS) {
      expect(VOCABULARY.get(`${stream}.corrected`)?.effect).toBe('corrects');
      expect(VOCABULARY.get(`${stream}.revoked`)?.effect).toBe('revokes');
      expect(correctableTypes(stream).length).toBeGreaterThan(0);
    }
    for (const stream of REFERENCE_STREAMS) expect(STREAMS).toContain(stream);
  });

  it('counts the rows of events.md', () => {
    // Counted by hand in the tables: 36 approval + 3 complaint, 23 hotline, 4 petition, 9 rating, 9 commitment,
    // 10 chain, 8 policy, 12 enterprise, 1 enforcement, 8 remote, 4 counter, 2 catalog, 1 calendar, 2 org, 4 feed.
    const perStream = STREAMS.map((stream) => correctableTypes(stream).length);
    expect(perStream).toEqual([36, 3, 23, 4, 9, 9, 10, 8, 12, 1, 8, 4, 2, 1, 2, 4]);
  });

  it('says which fields a type has', () => {
    const accepted = VOCABULARY.get('approval.accepted')?.fields ?? {};
    expect(Object.keys(accepted)).toEqual([
      'acceptanceNo',
      'acceptedOn',
      'statutoryLimit',
      'promisedLimit',
      'feeQuoted',
      'materials',
      'toleratedMaterials',
      'toleranceDueOn',
      'handlingRegionCode',
    ]);
    expect(accepted.acceptedOn).toMatchObject({ kind: 'date', required: true, list: false });
    expect(accepted.toleratedMaterials).toMatchObject({
      kind: 'material',
      required: false,
      list: true,
    });
    expect(VOCABULARY.get('approval.refused')?.docNoRequired).toBe(true);
    expect(VOCABULARY.get('approval.rated')?.storedAs).toBe('rating.submitted');
    expect(VOCABULARY.get('alert.raised')?.origin).toBe('supervision');
    expect(VOCABULARY.get('approval.deemed-accepted')?.origin).toBe('derived');
  });
});

describe('parseFields', () => {
  it('takes the kind from the name where none is written', () => {
    const kinds = parseFields('dueOn; servedAt; reasonText!; text; unitNo; chainId; context');
    expect(Object.values(kinds).map((field) => field.kind)).toEqual([
      'date',
      'time',
      'text',
      'text',
      'string',
      'string',
      'string',
    ]);
    expect(kinds.reasonText?.required).toBe(true);
  });

  it('reads lists, values, bounds and versions', () => {
    const fields = parseFields('a: enum(x|y-z)[]!; b: int(1..5)!; c: enum!; d: string[] @1.1');
    expect(fields.a).toMatchObject({
      kind: 'enum',
      values: ['x', 'y-z'],
      list: true,
      required: true,
    });
    expect(fields.b).toMatchObject({ kind: 'int', range: [1, 5] });
    expect(fields.c).toMatchObject({ kind: 'code', required: true });
    expect(fields.d).toMatchObject({ since: '1.1', required: false });
    expect(fields.a && describeField(fields.a)).toBe('enum(x|y-z)[]');
  });

  it.each(['a: strnig', 'a b', 'a: int @9.9', 'a; a'])('refuses %j at load', (text) => {
    expect(() => parseFields(text)).toThrow(/Vocabulary field/);
  });
});
