import { describe, expect, it } from '@jest/globals';
import type { Event } from '../event/event.js';
import type { Calendar } from './calendar.js';
import { formatDate, parseDate } from './local-time.js';
import { calendarsKnown, jurisdictionOf } from './published.js';

const at = (text: string) => Date.parse(`${text}+08:00`);

/**
 * An invented notice for 2027. New Year's Eve of the lunar year is Friday 2027-02-05: holiday to 02-12, made up for on
 * Sunday 01-31 and Saturday 02-13. Without it: only 除夕 to 初三 (02-05 to 02-08) are off by law.
 */
const SPRING = ['05', '06', '07', '08', '09', '10', '11', '12'].map((day) => `2027-02-${day}`);
const DAYS = {
  '2027-01-01': 'holiday',
  ...Object.fromEntries(SPRING.map((date) => [date, 'holiday'])),
  '2027-01-31': 'workday',
  '2027-02-13': 'workday',
};

function notice(changes: Partial<Event> = {}): Event {
  return {
    source: 'calendar',
    id: 'notice-2027',
    type: 'calendar.published',
    subject: '2027',
    caseId: 'calendar/2027',
    occurredAt: at('2026-11-10T09:00'),
    recordedAt: at('2026-11-10T09:00'),
    receivedAt: at('2026-11-10T09:00'),
    precision: 'second',
    vocabularyVersion: '1.0',
    agencyCode: 'A',
    regionCode: '100000',
    itemCode: null,
    itemVersion: null,
    operator: { staffNo: 'A', name: null, post: null, unitCode: 'U' },
    responsible: null,
    dataVersion: 1,
    correctionOf: null,
    correctionReason: null,
    docNo: null,
    rawDigest: 'n1',
    isTest: false,
    data: { year: 2027, days: DAYS, basisDocNo: '国办发明电〔2026〕9号' },
    ...changes,
  };
}

const BEFORE = at('2026-11-10T08:59');
const SINCE = at('2026-11-10T09:00');
const due = (calendar: Calendar) => formatDate(calendar.addWorkdays(parseDate('2027-01-15'), 20));
const provisional = (calendar: Calendar) => calendar.isProvisional(parseDate('2027-02-16'));

describe('a notice for a year that was provisional', () => {
  it.each([
    // Counted: 01-18..22, 25..29, 02-01..04, 09..12, 15, 16.
    ['before its receipt', BEFORE, '2027-02-16', true],
    // Counted: 01-18..22, 25..29, 31 (Sun), 02-01..04, 13 (Sat), 15..18.
    ['from its receipt on', SINCE, '2027-02-18', false],
  ])('%s: 20 working days from Friday 2027-01-15', (_name, knownAt, date, isProvisional) => {
    const { national } = calendarsKnown([notice()], knownAt);
    expect(due(national)).toBe(date);
    expect(provisional(national)).toBe(isProvisional);
    const { national: without } = calendarsKnown([], knownAt);
    expect(national.version === without.version).toBe(isProvisional);
  });

  it('leaves the years before as they are, and names the document', () => {
    const { national } = calendarsKnown([notice()], SINCE);
    const { national: without } = calendarsKnown([], SINCE);
    for (let day = parseDate('2024-01-01'); day <= parseDate('2026-12-31'); day += 1)
      expect(national.kindOf(day)).toBe(without.kindOf(day));
    expect(national.kindOf(parseDate('2027-01-31'))).toBe('make-up');
    expect(national.noteOf(parseDate('2027-02-09'))).toBe('国办发明电〔2026〕9号');
  });

  it('may rule the last days of the year before', () => {
    const days = { ...DAYS, '2026-12-31': 'holiday' };
    const { national } = calendarsKnown([notice({ data: { ...notice().data, days } })], SINCE);
    expect(national.isWorkday(parseDate('2026-12-31'))).toBe(false);
    expect(national.isWorkday(parseDate('2026-12-30'))).toBe(true);
  });
});

describe('corrections of a notice', () => {
  const restated: Event = notice({
    id: 'c1',
    type: 'calendar.corrected',
    correctionOf: { source: 'calendar', id: 'notice-2027' },
    recordedAt: at('2026-11-12T09:00'),
    receivedAt: at('2026-11-12T09:00'),
    rawDigest: 'c1',
    data: {
      year: 2027,
      // Saturday 02-13 is no working day after all.
      days: Object.fromEntries(Object.entries(DAYS).filter(([date]) => date !== '2027-02-13')),
      basisDocNo: '国办发明电〔2026〕9号',
      correctedType: 'calendar.published',
      correctedSubject: null,
    },
  });
  const undone: Event = notice({
    id: 'r1',
    type: 'calendar.revoked',
    correctionOf: { source: 'calendar', id: 'c1' },
    recordedAt: at('2026-11-14T09:00'),
    receivedAt: at('2026-11-14T09:00'),
    rawDigest: 'r1',
    data: {},
  });

  it('move due dates, and their undoing restores them, at every instant known', () => {
    const all = [undone, restated, notice()];
    expect(due(calendarsKnown(all, at('2026-11-13T00:00')).national)).toBe('2027-02-19');
    const { national: after } = calendarsKnown(all, at('2026-11-15T00:00'));
    expect(due(after)).toBe('2027-02-18');
    expect(after.version).toBe(calendarsKnown([notice()], SINCE).national.version);
  });

  it('make the year provisional again where the notice itself is revoked', () => {
    const revoked = { ...undone, correctionOf: { source: 'calendar', id: 'notice-2027' } };
    const { national } = calendarsKnown([notice(), revoked], at('2026-11-15T00:00'));
    expect(due(national)).toBe('2027-02-16');
    expect(provisional(national)).toBe(true);
  });
});

describe('a notice of a region', () => {
  const local = notice({
    id: 'local',
    regionCode: '130600',
    rawDigest: 'l1',
    data: { year: 2027, days: { '2027-01-20': 'off' }, basisDocNo: '保政办〔2026〕31号' },
  });

  it('changes the days that it names, there and nowhere else, and announces no year', () => {
    const known = calendarsKnown([local], SINCE);
    expect(due(known.in('130606'))).toBe('2027-02-17');
    expect(due(known.in('130606001'))).toBe('2027-02-17');
    expect(due(known.in('130100'))).toBe('2027-02-16');
    expect(known.in('130100')).toBe(known.national);
    expect(provisional(known.in('130606'))).toBe(true);
    expect(known.in('130606').version).not.toBe(known.national.version);
    expect(known.in('130606')).toBe(known.in('130602'));
  });

  it('stands above the national one', () => {
    const known = calendarsKnown([local, notice()], SINCE);
    expect(due(known.in('130606'))).toBe('2027-02-19');
    expect(due(known.national)).toBe('2027-02-18');
    expect(provisional(known.in('130606'))).toBe(false);
  });

  it('announces the year there where it passes on the notice of the State Council', () => {
    const passedOn = notice({ regionCode: '130000' });
    const known = calendarsKnown([passedOn], SINCE);
    expect(due(known.in('130606'))).toBe('2027-02-18');
    expect(provisional(known.in('130606'))).toBe(false);
    expect(provisional(known.national)).toBe(true);
  });
});

describe('what a notice cannot say', () => {
  it.each([
    ['a day that does not exist', { ...DAYS, '2027-02-30': 'holiday' }],
    ['a kind of day that nobody knows', { ...DAYS, '2027-02-15': 'half' }],
  ])('%s: the whole notice is left out', (_name, days) => {
    const { national } = calendarsKnown([notice({ data: { ...notice().data, days } })], SINCE);
    expect(due(national)).toBe('2027-02-16');
    expect(provisional(national)).toBe(true);
  });

  it('days beyond the years that calendars keep are passed over', () => {
    const days = { ...DAYS, '2101-01-01': 'holiday' };
    const { national } = calendarsKnown([notice({ data: { ...notice().data, days } })], SINCE);
    expect(due(national)).toBe('2027-02-18');
  });
});

it.each([
  ['000000', ''],
  ['100000', ''],
  ['130000', '13'],
  ['130600', '1306'],
  ['130606', '130606'],
  ['130606001', '130606001'],
])('the jurisdiction of %s is %p', (code, prefix) => {
  expect(jurisdictionOf(code)).toBe(prefix);
});
