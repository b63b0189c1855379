import { describe, expect, it } from '@jest/globals';
import { CorrectionChains, concernedBy } from './correction-chains.js';
import type { Event } from './event.js';

function version(id: string, subject: string, changes: Partial<Event> = {}): Event {
  return {
    source: 's',
    id,
    type: 'approval.decided',
    subject,
    caseId: `bd/${subject}`,
    occurredAt: 0,
    recordedAt: 0,
    receivedAt: 0,
    precision: 'second',
    vocabularyVersion: '1.0',
    agencyCode: 'A',
    regionCode: '130606',
    itemCode: null,
    itemVersion: null,
    operator: { staffNo: 'A', name: null, post: null, unitCode: 'U' },
    responsible: null,
    dataVersion: 1,
    correctionOf: null,
    correctionReason: null,
    docNo: null,
    rawDigest: `${id} ${subject}`,
    isTest: false,
    data: {},
    ...changes,
  };
}

function moving(id: string, of: string, [from, to]: readonly [string, string]): Event {
  return version(id, from, {
    type: 'approval.corrected',
    correctionOf: { source: 's', id: of },
    data: { correctedType: 'approval.decided', correctedSubject: to },
  });
}

function revoking(id: string, of: string, subject: string): Event {
  return version(id, subject, {
    type: 'approval.revoked',
    correctionOf: { source: 's', id: of },
  });
}

/** A fact of N1, moved to N2, from there to N3; the second move is then revoked. */
const FACT = version('e', 'N1');
const FIRST = moving('c1', 'e', ['N1', 'N2']);
const SECOND = moving('c2', 'c1', ['N2', 'N3']);
const BACK = revoking('r', 'c2', 'N2');
const OTHER = version('o', 'N1');

function chainOf(event: Event, known: readonly Event[]): string[] {
  const chains = new CorrectionChains();
  for (const one of known) chains.add(one);
  return chains
    .chainOf(event)
    .map(({ id }) => id)
    .sort();
}

describe('chains of corrections', () => {
  it('hold the fact and everything that corrects or revokes it, from whichever end they are asked', () => {
    for (const asked of [FACT, FIRST, SECOND, BACK])
      for (const known of [
        [FACT, FIRST, SECOND, BACK, OTHER],
        [OTHER, BACK, SECOND, FIRST, FACT],
      ])
        expect(chainOf(asked, known)).toEqual(['c1', 'c2', 'e', 'r']);
    expect(chainOf(OTHER, [FACT, FIRST, OTHER])).toEqual(['o']);
  });

  it('hold every version of an identity once', () => {
    const newer = version('e', 'N1', { rawDigest: 'newer', dataVersion: 2 });
    expect(chainOf(FIRST, [FACT, newer, FACT, FIRST])).toEqual(['c1', 'e', 'e']);
  });

  it('are not tied together by a target that never came', () => {
    const rival = moving('c9', 'e', ['N1', 'N9']);
    expect(chainOf(FIRST, [FIRST, rival])).toEqual(['c1']);
    expect(chainOf(FIRST, [FIRST, rival, FACT])).toEqual(['c1', 'c9', 'e']);
  });

  it('concern the cases that their versions stand in and those that they move the fact to', () => {
    expect(concernedBy([FACT, FIRST, SECOND, BACK])).toEqual(['bd/N1', 'bd/N2', 'bd/N3']);
    expect(concernedBy([OTHER])).toEqual(['bd/N1']);
  });

  it('concern the case that a correction was sent to under a new number, without saying so', () => {
    const restated = version('c', 'N5', {
      type: 'approval.corrected',
      correctionOf: { source: 's', id: 'e' },
    });
    expect(concernedBy([FACT, restated])).toEqual(['bd/N1', 'bd/N5']);
  });
});
