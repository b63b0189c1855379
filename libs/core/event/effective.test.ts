import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { casesOf, compareEvents, effectiveEvents, insertEvent, statedCaseId } from './effective.js';
import type { Event } from './event.js';

const DAY = 86_400_000;

/** A fact of case N1 that happened and was recorded on day 10 unless told otherwise. */
function fact(id: string, changes: Partial<Event> = {}): Event {
  return {
    source: 's',
    id,
    type: 'approval.decided',
    subject: 'N1',
    caseId: 'bd/N1',
    occurredAt: 10 * DAY,
    recordedAt: 10 * DAY,
    receivedAt: 10 * DAY,
    precision: 'second',
    vocabularyVersion: '1.0',
    agencyCode: '111306026992345678',
    regionCode: '130606',
    itemCode: null,
    itemVersion: null,
    operator: { staffNo: 'A', name: null, post: null, unitCode: 'U' },
    responsible: null,
    dataVersion: 1,
    correctionOf: null,
    correctionReason: null,
    docNo: null,
    rawDigest: `digest-of-${id}`,
    isTest: false,
    data: { outcome: 'granted' },
    ...changes,
  };
}

function correction(id: string, of: string, day: number, changes: Partial<Event> = {}): Event {
  return fact(id, {
    type: 'approval.corrected',
    correctionOf: { source: 's', id: of },
    recordedAt: day * DAY,
    receivedAt: day * DAY,
    data: { correctedType: 'approval.decided', correctedSubject: null, outcome: id },
    ...changes,
  });
}

function revocation(id: string, of: string, day: number): Event {
  return correction(id, of, day, { type: 'approval.revoked', data: {} });
}

const ids = (events: readonly Event[]) => events.map((event) => event.id);
const outcomes = (events: readonly Event[]) => events.map((event) => event.data.outcome);

describe('versions of one identity', () => {
  it('are one fact where the bytes are the same; the first receipt counts', () => {
    const again = fact('e', { receivedAt: 30 * DAY });
    for (const received of [
      [fact('e'), again],
      [again, fact('e')],
    ]) {
      const { events, conflicts } = effectiveEvents(received);
      expect(events).toEqual([fact('e')]);
      expect(conflicts).toEqual([]);
    }
  });

  it.each([
    [
      'dataVersion',
      { dataVersion: 2, recordedAt: 5 * DAY },
      { dataVersion: 1, recordedAt: 20 * DAY },
    ],
    [
      'recordedAt',
      { recordedAt: 20 * DAY, rawDigest: 'a' },
      { recordedAt: 19 * DAY, rawDigest: 'z' },
    ],
    ['rawDigest', { rawDigest: 'z' }, { rawDigest: 'a' }],
  ])('are judged by %s', (_name, greater, lesser) => {
    const winner = fact('e', { rawDigest: 'b', occurredAt: 1, ...greater });
    const loser = fact('e', { rawDigest: 'c', occurredAt: 2, ...lesser });
    for (const received of [
      [winner, loser],
      [loser, winner],
    ]) {
      const { events, conflicts } = effectiveEvents(received);
      expect(events).toEqual([winner]);
      expect(conflicts).toEqual([{ ref: { source: 's', id: 'e' }, versions: [loser, winner] }]);
    }
  });

  it('keep the first recording while the time of occurrence stays', () => {
    const second = fact('e', { rawDigest: 'v2', dataVersion: 2, recordedAt: 20 * DAY });
    const moved = { ...second, rawDigest: 'v3', dataVersion: 3, occurredAt: 9 * DAY };
    expect(effectiveEvents([fact('e'), second]).events[0]?.recordedAt).toBe(10 * DAY);
    expect(effectiveEvents([fact('e'), second, moved]).events[0]?.recordedAt).toBe(20 * DAY);
  });
});

describe('corrections', () => {
  it('replace the fact, under its root', () => {
    const { events, rootOf, waiting } = effectiveEvents([fact('e'), correction('c', 'e', 12)]);
    expect(events).toHaveLength(1);
    expect(events[0]).toMatchObject({ id: 'c', type: 'approval.decided', data: { outcome: 'c' } });
    expect(events[0]?.data).not.toHaveProperty('correctedType');
    expect(rootOf({ source: 's', id: 'c' })).toEqual({ source: 's', id: 'e' });
    expect(rootOf({ source: 's', id: 'e' })).toEqual({ source: 's', id: 'e' });
    expect(waiting).toEqual([]);
  });

  it('keep the root along a chain, and the latest of several stands', () => {
    const chain = [fact('e'), correction('c1', 'e', 12), correction('c2', 'c1', 13)];
    const { events, rootOf } = effectiveEvents(chain);
    expect(outcomes(events)).toEqual(['c2']);
    expect(rootOf({ source: 's', id: 'c2' })).toEqual({ source: 's', id: 'e' });
    const rivals = [fact('e'), correction('c1', 'e', 14), correction('c2', 'e', 13)];
    expect(outcomes(effectiveEvents(rivals).events)).toEqual(['c1']);
  });

  it('do not turn a mended word into a back-entry, but do show a moved date', () => {
    const word = effectiveEvents([fact('e'), correction('c', 'e', 20)]).events[0];
    expect([word?.recordedAt, word?.receivedAt]).toEqual([10 * DAY, 10 * DAY]);
    const date = correction('c', 'e', 20, { occurredAt: 8 * DAY });
    expect(effectiveEvents([fact('e'), date]).events[0]?.recordedAt).toBe(20 * DAY);
  });

  it('are restored when the correction itself is revoked, and gone when the fact is', () => {
    const corrected = [fact('e'), correction('c', 'e', 12)];
    expect(outcomes(effectiveEvents([...corrected, revocation('r', 'c', 13)]).events)).toEqual([
      'granted',
    ]);
    expect(effectiveEvents([...corrected, revocation('r', 'e', 13)]).events).toEqual([]);
    const undone = [fact('e'), revocation('r', 'e', 12), revocation('rr', 'r', 13)];
    expect(outcomes(effectiveEvents(undone).events)).toEqual(['granted']);
    const restated = [fact('e'), revocation('r', 'e', 12), correction('c', 'r', 13)];
    expect(outcomes(effectiveEvents(restated).events)).toEqual(['c']);
    const later = [fact('e'), revocation('r', 'e', 12), correction('c', 'e', 13)];
    expect(outcomes(effectiveEvents(later).events)).toEqual(['c']);
  });

  it('wait for an unknown target and bind when it arrives', () => {
    const early = [correction('c2', 'c1', 13), correction('c1', 'e', 12)];
    expect(effectiveEvents(early)).toMatchObject({
      events: [],
      waiting: [{ id: 'c1' }, { id: 'c2' }],
    });
    expect(outcomes(effectiveEvents([...early, fact('e')]).events)).toEqual(['c2']);
  });

  it('are harmless in a circle', () => {
    const circle = [
      correction('a', 'b', 11),
      correction('b', 'a', 12),
      correction('self', 'self', 13),
    ];
    const { events, waiting, rootOf } = effectiveEvents([fact('e'), ...circle]);
    expect(ids(events)).toEqual(['e']);
    expect(ids(waiting)).toEqual(['a', 'b', 'self']);
    expect(rootOf({ source: 's', id: 'a' })).toEqual({ source: 's', id: 'a' });
  });

  it('move a fact to another case of the same authority', () => {
    const move = correction('c', 'e', 12, {
      data: { correctedType: 'approval.decided', correctedSubject: 'N2', outcome: 'denied' },
    });
    expect(casesOf(move)).toEqual(['bd/N1', 'bd/N2']);
    expect(statedCaseId(move)).toBe('bd/N2');
    expect(casesOf(fact('e'))).toEqual(['bd/N1']);
    expect(effectiveEvents([fact('e'), move]).events).toMatchObject([
      { subject: 'N2', caseId: 'bd/N2', data: { outcome: 'denied' } },
    ]);
  });

  it('follow a chain of 50,000 without exhausting the stack', () => {
    const chain = [fact('e0')];
    for (let i = 1; i <= 50_000; i += 1) chain.push(correction(`e${i}`, `e${i - 1}`, 10 + i));
    expect(ids(effectiveEvents(chain).events)).toEqual(['e50000']);
  });
});

describe('legal order', () => {
  const anyFact = fc
    .record({
      id: fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f'),
      source: fc.constantFrom('s', 't'),
      occurredAt: fc.integer({ min: 0, max: 3 }),
      recordedAt: fc.integer({ min: 0, max: 3 }),
    })
    .map(({ id, ...changes }) => fact(id, changes));

  it('is by occurrence, recording, source and id', () => {
    const expected = [
      fact('z', { occurredAt: 1, recordedAt: 9 }),
      fact('y', { occurredAt: 2, recordedAt: 1, source: 'b' }),
      fact('b', { occurredAt: 2, recordedAt: 2, source: 'a' }),
      fact('c', { occurredAt: 2, recordedAt: 2, source: 'a' }),
      fact('a', { occurredAt: 2, recordedAt: 2, source: 'b' }),
    ];
    expect(effectiveEvents(expected.toReversed()).events).toEqual(expected);
  });

  it('is kept by insertEvent', () => {
    fc.assert(
      fc.property(fc.array(anyFact), (facts) => {
        const inserted = facts.reduce<Event[]>((list, event) => insertEvent(list, event), []);
        expect(inserted).toEqual(facts.toSorted(compareEvents));
      }),
    );
  });
});

describe('any order and repetition of arrival', () => {
  const anyId = fc.constantFrom('a', 'b', 'c', 'd', 'e');
  const anyEvent = fc
    .record({
      id: anyId,
      of: anyId,
      kind: fc.constantFrom('states', 'states', 'corrects', 'revokes'),
      day: fc.integer({ min: 10, max: 13 }),
      occurredAt: fc.constantFrom(9 * DAY, 10 * DAY),
      dataVersion: fc.integer({ min: 1, max: 2 }),
      rawDigest: fc.constantFrom('1', '2', '3'),
    })
    .map(({ id, of, kind, day, rawDigest, ...changes }) => {
      // The same bytes are the same event: the digest covers everything that is sent.
      const all = {
        ...changes,
        rawDigest: [kind, id, of, day, ...Object.values(changes), rawDigest].join(),
      };
      if (kind === 'corrects') return correction(id, of, day, all);
      if (kind === 'revokes') return { ...revocation(id, of, day), ...all };
      return fact(id, { recordedAt: day * DAY, ...all });
    });

  const view = (received: readonly Event[]) => {
    const { rootOf, ...effective } = effectiveEvents(received);
    return {
      ...effective,
      roots: received.map(({ source, id }) => [id, rootOf({ source, id }).id]).sort(),
    };
  };

  it('changes nothing', () => {
    const shuffled = fc
      .array(anyEvent, { maxLength: 12 })
      .chain((events) =>
        fc.tuple(
          fc.constant(events),
          fc.shuffledSubarray([...events, ...events], { minLength: events.length }),
        ),
      );
    fc.assert(
      fc.property(shuffled, ([events, some]) => {
        const arrived = [...some, ...events.filter((event) => !some.includes(event))];
        const expected = effectiveEvents(events);
        const actual = effectiveEvents(arrived);
        expect(actual.events).toEqual(expected.events);
        expect(actual.conflicts).toEqual(expected.conflicts);
        expect(actual.waiting).toEqual(expected.waiting);
        const distinct = [...new Map(events.map((event) => [event.rawDigest, event])).values()];
        expect(view(distinct)).toEqual(view(distinct.toReversed()));
      }),
      { numRuns: 500 },
    );
  });

  it('accounts for every identity: effective, replaced or waiting', () => {
    fc.assert(
      fc.property(fc.array(anyEvent, { maxLength: 12 }), (received) => {
        const { events, waiting, rootOf } = effectiveEvents(received);
        const roots = events.map((event) => JSON.stringify(rootOf(event)));
        expect(new Set(roots).size).toBe(roots.length);
        for (const event of waiting) expect(event.correctionOf).not.toBeNull();
        for (const event of events) expect(event.type).toBe('approval.decided');
      }),
      { numRuns: 500 },
    );
  });
});
