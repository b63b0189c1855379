import { describe, expect, it } from '@jest/globals';
import type { JsonValue } from '#core/audit/canonical-json.js';
import { Redactor } from '#evidence/bundle/redact.js';

/** Which own fields of an event are hidden, by their JSON pointers. */
function hidden(event: Record<string, JsonValue>): string[] {
  const redactor = new Redactor(Buffer.alloc(32, 1));
  redactor.redact('data/events/1.json', event);
  return redactor.made.map(({ pointer }) => pointer).sort();
}

describe('of an event', () => {
  it.each<[string, Record<string, JsonValue>, string[]]>([
    ['rating.rectified', { measure: '约谈孙丽' }, ['/data/measure']],
    ['remote.disposed', { measure: '约谈孙丽', dueOn: '2025-01-01' }, ['/data/measure']],
    ['hotline.adjudicated', { toUnit: 'BD', basis: '孙丽口头同意' }, ['/data/basis']],
    ['chain.opinion-given', { consultId: 'c', items: ['孙丽'] }, ['/data/items']],
    [
      'approval.decided',
      { outcome: 'granted', attributes: { 法人: '孙丽' } },
      ['/data/attributes'],
    ],
    ['approval.amended', { changes: { owner: '孙丽' }, legalBasis: 'x' }, ['/data/changes']],
    ['alert.reviewed', { by: 'SP-0021' }, ['/data/by']],
    [
      'rating.corrected',
      { correctedType: 'rating.rectified', measure: '约谈孙丽' },
      ['/data/measure'],
    ],
  ])('%s free words are hidden, whatever their field is called', (type, data, pointers) => {
    expect(hidden({ type, data })).toEqual(pointers);
  });

  it('empty fields are shown as empty', () => {
    const data = { outcome: 'granted', attributes: null, reasonText: '' };
    expect(hidden({ type: 'approval.decided', data })).toEqual([]);
  });

  it('a posting does not say whose it is', () => {
    const person = { staffNo: 'SP-0021', name: '孙丽', post: 'P', unitCode: 'BD' };
    const event = {
      type: 'org.posting-changed',
      subject: 'BD/SP-0021',
      caseId: 'feed-a/BD/SP-0021',
      data: { person, post: 'P' },
    };
    expect(hidden(event)).toEqual([
      '/caseId',
      '/data/person/name',
      '/data/person/staffNo',
      '/subject',
    ]);
  });

  it('the published catalogue stays readable', () => {
    const data = { name: '某事项', conditions: ['年满十八周岁'], legalBasis: ['某法第一条'] };
    expect(hidden({ type: 'catalog.item-published', data })).toEqual([]);
  });
});
