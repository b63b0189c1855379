import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { computeClock } from '#core/calendar/compute-clock.js';
import { formatDate, parseDate } from '#core/calendar/local-time.js';
import { nationalCalendar } from '#core/calendar/national.js';
import { itWith } from '#test/env/needed-program.js';
import { holidayFolder } from './holiday-folder.js';

const SCRIPT = fileURLToPath(new URL('./independent_count.py', import.meta.url));
const SAMPLES = 2000;

const folder = holidayFolder();
const withPython = itWith('python3');
const check = folder === null ? it.skip : withPython;

const calendar = nationalCalendar(Number.POSITIVE_INFINITY);

// Starts up to 2025 with limits and stops short enough to end within the published years.
const sampleOf = fc.record({
  unit: fc.constantFrom('G' as const, 'Z' as const),
  start: fc.integer({ min: parseDate('2007-01-01'), max: parseDate('2025-10-31') }),
  total: fc.integer({ min: 0, max: 90 }),
  stops: fc.array(
    fc.record({
      after: fc.integer({ min: -10, max: 100 }),
      length: fc.integer({ min: 0, max: 40 }),
    }),
    { maxLength: 4 },
  ),
  postpone: fc.boolean(),
});

describe('a second implementation, day by day in Python', () => {
  check('gives the same last day and the same days used', () => {
    const samples = fc.sample(sampleOf, SAMPLES).map(({ stops, ...sample }) => ({
      ...sample,
      stops: stops.map(({ after, length }, index) => ({
        first: sample.start + after,
        last: sample.start + after + length,
        cause: `pause-${index}`,
      })),
    }));
    const asked = samples.map((sample) => ({
      ...sample,
      start: formatDate(sample.start),
      stops: sample.stops.map(({ first, last }) => [formatDate(first), formatDate(last)]),
    }));
    const python = spawnSync('python3', [SCRIPT, folder!], {
      input: JSON.stringify(asked),
      encoding: 'utf8',
      maxBuffer: 16 << 20,
    });
    expect(python.stderr).toBe('');
    const ours = samples.map(({ unit, start, total, stops, postpone }) => {
      const clock = computeClock({
        calendar,
        startAt: calendar.startOf(start),
        limit: { value: total, unit },
        stops,
        settings: { postpone },
      });
      return { last: formatDate(clock.lastDay), used: clock.usedOn(clock.lastDay) };
    });
    const theirs = JSON.parse(python.stdout) as typeof ours;
    const differing = asked
      .map((sample, index) => ({ sample, ours: ours[index], theirs: theirs[index] }))
      .filter((row) => JSON.stringify(row.ours) !== JSON.stringify(row.theirs));
    expect(differing).toEqual([]);
    expect(theirs).toHaveLength(SAMPLES);
  });
});
