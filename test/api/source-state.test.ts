import { describe, expect, it } from '@jest/globals';
import { ANY_CITY, plainFeed } from '#rulebook/city.js';
import type { GroupedCoverage } from '../../apps/api/coverage/group-lanes.js';
import {
  delayMinutes,
  delayText,
  sourceState,
  sourcesMark,
  sourcesSentence,
} from '../../apps/api/coverage/source-state.js';

const NOW = Date.parse('2025-06-10T12:00:00+08:00');
const HOUR = 3_600_000;
const city = {
  ...ANY_CITY,
  feeds: new Map([['slow', { ...plainFeed('slow'), agreedDelayHours: 72 }]]),
};
const judging = { city, asOf: NOW, onChange: new Set(['catalog']) };

const source = (name: string, changes: Partial<GroupedCoverage> = {}): GroupedCoverage => ({
  source: name,
  evaluatedThrough: NOW,
  heardThrough: NOW,
  lanes: 4,
  gaps: [],
  late: 0,
  quarantined: 0,
  ...changes,
});
const GAP = [{ from: NOW - HOUR, reason: 'records-lost mingcha.events/3 1-2' }];

describe('the state of a source', () => {
  it.each<[string, GroupedCoverage, string]>([
    [
      'is current to the last minute of the agreed delay',
      source('a', { evaluatedThrough: NOW - 24 * HOUR }),
      'current',
    ],
    ['is silent a moment later', source('a', { evaluatedThrough: NOW - 24 * HOUR - 1 }), 'silent'],
    [
      'follows the delay agreed with the source',
      source('slow', { evaluatedThrough: NOW - 72 * HOUR }),
      'current',
    ],
    [
      'is on change where it delivers only then',
      source('catalog', { evaluatedThrough: NOW - 99 * HOUR }),
      'on-change',
    ],
    ['is a gap while one is open', source('a', { gaps: GAP }), 'gap'],
    [
      'is silent rather than a gap',
      source('a', { gaps: GAP, evaluatedThrough: NOW - 25 * HOUR }),
      'silent',
    ],
    [
      'is unheard before anything was evaluated',
      source('a', { evaluatedThrough: null }),
      'unheard',
    ],
  ])('%s', (_, group, expected) => {
    expect(sourceState(group, judging)).toBe(expected);
  });

  it.each<[number | null, string, string]>([
    [null, '—', '—'],
    [0, '0 分钟', '0 min'],
    [59, '59 分钟', '59 min'],
    [60, '1 小时 0 分', '1 h 0 min'],
    [1_439, '23 小时 59 分', '23 h 59 min'],
    [1_500, '1 天 1 小时', '1 d 1 h'],
  ])('a delay of %j minutes reads %s', (minutes, zh, en) => {
    expect([delayText(minutes, 'zh'), delayText(minutes, 'en')]).toEqual([zh, en]);
  });

  it('is told apart where only unreadable records came', () => {
    const group = source('a', { evaluatedThrough: null, quarantined: 2 });
    expect(sourceState(group, judging)).toBe('unreadable');
    const unnamed = source('unknown', { evaluatedThrough: null, quarantined: 1 });
    expect(sourcesMark([source('b'), unnamed], judging, 'zh')).toBe(
      '覆盖 1/1 个来源,至 2025-06-10 12:00',
    );
  });

  it('has no negative delay where the present is behind', () => {
    expect(delayMinutes(source('a', { evaluatedThrough: NOW + HOUR }), NOW)).toBe(0);
  });

  it('is told of all sources at once by those that can be relied on', () => {
    const good = [source('a'), source('b', { evaluatedThrough: NOW - HOUR })];
    expect(sourcesSentence(good, judging, 'zh')).toBe(
      '2 个来源均已评估至 2025-06-10 11:00(其中最早者)。',
    );
    const some = [...good, source('c', { evaluatedThrough: null })];
    expect(sourcesMark(some, judging, 'zh')).toBe('覆盖 2/3 个来源,至 2025-06-10 11:00');
    const none = [source('c', { evaluatedThrough: null })];
    expect(sourcesMark(none, judging, 'en')).toBe('covers 0/1 sources');
    expect(sourcesSentence([], judging, 'zh')).toBe('没有可读的来源事件。');
  });
});
