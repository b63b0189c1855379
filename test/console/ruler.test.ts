import { isDeepStrictEqual } from 'node:util';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import { STORE } from '../store/sample-step.js';
import { describeScreens, onScreen, type Screen } from './screen.js';
import { openStage, type Stage } from './stage.js';
import { caseIdOf, WORKED_EXAMPLES, workedExampleRecords } from './worked-examples.js';

interface Day {
  readonly date: string;
  readonly kind: string;
  readonly count: number | null;
  readonly stop: string | null;
  readonly note: string | null;
  readonly provisional: boolean;
}

interface CaseClock {
  readonly name: string;
  readonly nameText: string;
  readonly lastOn: string | null;
  readonly provisional: boolean;
  readonly days: readonly Day[];
}

const pathOf = (caseId: string) => encodeURIComponent(caseId);

/** The cells of every table of days on the page, by the values that the cells stand for and by their words. */
async function tablesOn(page: Page) {
  return page.locator('table:has(tr[data-date])').evaluateAll((tables) =>
    tables.map((table) =>
      [...table.querySelectorAll('tr[data-date]')].map((row) => {
        const cells: Record<string, string> = {};
        for (const cell of row.querySelectorAll('[data-column]')) {
          const name = cell.getAttribute('data-column') ?? '';
          cells[name] = cell.getAttribute('data-value') ?? '';
          cells[`${name} in words`] = cell.textContent ?? '';
        }
        return cells;
      }),
    ),
  );
}

/** The row that a day of the API's list has to be in the table. */
function rowOf(screen: Screen, day: Day) {
  const { date, kind, count, stop, note, provisional } = day;
  return {
    date,
    'date in words': date,
    kind,
    'kind in words': screen.say(`ruler.kind.${kind}`),
    count: String(count ?? ''),
    'count in words': String(count ?? '—'),
    stop: stop ?? '',
    'stop in words': stop ?? '—',
    note: note ?? '',
    'note in words': note ?? '—',
    provisional: String(provisional),
    'provisional in words': screen.say(`ruler.provisional.${provisional ? 'yes' : 'no'}`),
    weekday: '',
    'weekday in words': screen.say(
      `ruler.weekday.${(new Date(`${date}T00:00:00Z`).getUTCDay() + 6) % 7}`,
    ),
  };
}

describeScreens('the time ruler of the worked examples', () => {
  let stage: Stage;
  const records = workedExampleRecords();

  beforeAll(async () => {
    stage = await openStage({ template: STORE, city: false });
    await stage.tell(records.before);
  });
  afterAll(() => stage?.stop());

  async function clocksOf(caseId: string): Promise<readonly CaseClock[]> {
    const found = await stage.ask<{ clocks: CaseClock[] }>(`/v1/cases/${pathOf(caseId)}`);
    return found.clocks;
  }

  async function compare(screen: Screen, caseId: string): Promise<void> {
    await screen.visit(`/cases/${pathOf(caseId)}?clock=all&ruler=table`);
    const clocks = (await clocksOf(caseId)).filter(({ days }) => days.length > 0);
    const tables = await tablesOn(screen.page);
    expect([caseId, tables.map((rows) => rows.length)]).toEqual([
      caseId,
      clocks.map(({ days }) => days.length),
    ]);
    const unlike = clocks.flatMap(({ nameText, days }, no) =>
      days.flatMap((day, index) => {
        const [expected, found] = [rowOf(screen, day), tables[no]?.[index]];
        return isDeepStrictEqual(found, expected) ? [] : [{ caseId, nameText, expected, found }];
      }),
    );
    expect(unlike).toEqual([]);
  }

  it('says before the notice of the next year what was known then, as provisional (example 9)', async () => {
    await onScreen(stage.origin, {}, async (screen) => {
      for (const example of WORKED_EXAMPLES.filter(({ before }) => before !== undefined)) {
        const caseId = caseIdOf(example);
        const clock = (await clocksOf(caseId)).find(({ name }) => name === example.clock);
        expect(clock).toMatchObject({ lastOn: example.before, provisional: true });
        await compare(screen, caseId);
        const marked = screen.page.locator('[data-column="provisional"][data-value="true"]');
        expect(await marked.count()).toBeGreaterThan(20);
      }
    });
  });

  it('is, as a table, the day list of the API cell by cell', async () => {
    await stage.tell(records.after);
    const last: Record<string, string | null | undefined> = {};
    const counted: Record<string, string> = {};
    for (const example of WORKED_EXAMPLES) {
      const clock = (await clocksOf(caseIdOf(example))).find(({ name }) => name === example.clock);
      last[example.name] = clock?.lastOn;
      if (example.counted === undefined || clock === undefined) continue;
      const within = clock.days.filter(({ date }) => date <= example.lastOn);
      counted[example.name] = within
        .flatMap(({ date, count }) => (count === null ? [] : [date.slice(5)]))
        .join(' ');
    }
    const entries = <T>(of: (one: (typeof WORKED_EXAMPLES)[number]) => T | undefined) =>
      Object.fromEntries(
        WORKED_EXAMPLES.flatMap((one) => {
          const value = of(one);
          return value === undefined ? [] : [[one.name, value] as const];
        }),
      );
    expect(last).toEqual(entries(({ lastOn }) => lastOn));
    expect(counted).toEqual(entries((one) => one.counted));
    await onScreen(stage.origin, {}, async (screen) => {
      for (const example of WORKED_EXAMPLES) await compare(screen, caseIdOf(example));
    });
  });

  it('is the same in English', async () => {
    await onScreen(stage.origin, { language: 'en' }, async (screen) => {
      const stopped = WORKED_EXAMPLES.find(({ name }) => name === '6');
      if (stopped !== undefined) await compare(screen, caseIdOf(stopped));
    });
  });

  it('walks its days by the arrow keys and turns to a table with t', async () => {
    await onScreen(stage.origin, {}, async ({ page, visit, say }) => {
      const stopped = WORKED_EXAMPLES.find(({ name }) => name === '6');
      await visit(`/cases/${pathOf(stopped === undefined ? '' : caseIdOf(stopped))}`);
      const slots = page.locator('[data-slot]');
      await slots.first().focus();
      const first = await page.evaluate(() => document.activeElement?.getAttribute('aria-label'));
      await page.keyboard.press('ArrowRight');
      const next = await page.evaluate(() => document.activeElement?.getAttribute('aria-label'));
      expect(next).not.toEqual(first);
      expect(next).toMatch(/^\d{4}-\d\d-\d\d/);
      expect(await page.locator('table:has(tr[data-date])').count()).toBe(0);
      await page.keyboard.press('t');
      await page.locator('table:has(tr[data-date])').first().waitFor();
      await page.keyboard.press('t');
      await slots.first().waitFor();
      await page.getByText(say('ruler.view.table'), { exact: true }).first().click();
      await page.locator('table:has(tr[data-date])').first().waitFor();
    });
  });

  it.each([
    ['light', false],
    ['dark', true],
  ])('is told from its ground: texts 4.5 to 1, graphics 3 to 1, when %s', async (_name, dark) => {
    await onScreen(stage.origin, { dark }, async (screen) => {
      const names = ['2 deemed', '6', '5 extended late', '18 extended'];
      for (const example of WORKED_EXAMPLES.filter(({ name }) => names.includes(name))) {
        await screen.visit(`/cases/${pathOf(caseIdOf(example))}?clock=all`);
        await screen.page.locator('svg text').first().waitFor();
        const measured = await measureContrast(screen.page);
        expect(measured.texts).toBeGreaterThan(10);
        expect(measured.graphics).toBeGreaterThan(10);
        expect(measured.faults).toEqual([]);
      }
    });
  });
});

/**
 * Contrast of everything drawn in the rulers, from computed styles: a text against the shape below its middle, a shape by
 * its outline, or where it has none by its filling, against what it is drawn on. Hatching lies on the day below it.
 */
async function measureContrast(page: Page) {
  return page.evaluate(() => {
    type Rgb = readonly [number, number, number];
    const rgb = (colour: string): Rgb | null => {
      const found = /^rgba?\(([\d.]+), ([\d.]+), ([\d.]+)(?:, ([\d.]+))?\)$/.exec(colour);
      if (found === null || found[4] === '0') return null;
      return [Number(found[1]), Number(found[2]), Number(found[3])];
    };
    const luminance = (colour: Rgb) => {
      const [r = 0, g = 0, b = 0] = colour.map((part) => {
        const share = part / 255;
        return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
      });
      return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const contrast = (one: Rgb, other: Rgb) => {
      const [a, b] = [luminance(one), luminance(other)];
      return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    };
    const groundOf = (element: Element): Rgb => {
      for (let at: Element | null = element; at !== null; at = at.parentElement) {
        const colour = rgb(getComputedStyle(at).backgroundColor);
        if (colour !== null) return colour;
      }
      return [255, 255, 255];
    };
    const shapesOf = (svg: SVGElement) =>
      [...svg.querySelectorAll<SVGGeometryElement>('rect,path,circle,line,polygon')].filter(
        (shape) => shape.closest('defs') === null,
      );
    const isIn = (shape: SVGGeometryElement, x: number, y: number) => {
      const matrix = shape.getScreenCTM();
      return (
        matrix !== null && shape.isPointInFill(new DOMPoint(x, y).matrixTransform(matrix.inverse()))
      );
    };
    /** Filling of the last shape before `element` at that point. */
    const below = (svg: SVGElement, element: Element, x: number, y: number): Rgb => {
      let ground = groundOf(svg);
      for (const shape of shapesOf(svg)) {
        if ((shape.compareDocumentPosition(element) & Node.DOCUMENT_POSITION_FOLLOWING) === 0)
          break;
        const colour = rgb(getComputedStyle(shape).fill);
        if (colour !== null && isIn(shape, x, y)) ground = colour;
      }
      return ground;
    };
    const middleOf = (element: Element) => {
      const box = element.getBoundingClientRect();
      return [box.x + box.width / 2, box.y + box.height / 2] as const;
    };
    const faults: string[] = [];
    let texts = 0;
    let graphics = 0;
    const check = (what: string, found: number, least: number) => {
      if (found < least - 0.005) faults.push(`${what}: ${found.toFixed(2)} instead of ${least}`);
    };
    for (const svg of document.querySelectorAll<SVGElement>('.ruler svg')) {
      for (const text of svg.querySelectorAll('text')) {
        const colour = rgb(getComputedStyle(text).fill);
        if (colour === null || (text.textContent ?? '') === '') continue;
        texts += 1;
        const [x, y] = middleOf(text);
        const name = `text "${text.textContent}" ${text.getAttribute('class') ?? ''}`;
        check(name, contrast(colour, below(svg, text, x, y)), 4.5);
      }
      for (const shape of shapesOf(svg)) {
        const style = getComputedStyle(shape);
        const name = `${shape.tagName} ${shape.getAttribute('class') ?? shape.parentElement?.getAttribute('class')}`;
        const [x, y] = middleOf(shape);
        const pattern = /url\("?#([^")]+)"?\)/.exec(style.fill)?.[1];
        if (pattern !== undefined) {
          const lines = document.getElementById(pattern)?.querySelector('path');
          const colour = lines == null ? null : rgb(getComputedStyle(lines).stroke);
          if (colour === null) continue;
          graphics += 1;
          check(`hatching of ${name}`, contrast(colour, below(svg, shape, x, y)), 3);
          continue;
        }
        const stroke = rgb(style.stroke);
        const fill = rgb(style.fill);
        // A plate under a text has the colour of the ground: it is no graphic of its own.
        const colour = stroke ?? fill;
        if (colour === null) continue;
        const ground = stroke === null ? below(svg, shape, x, y) : groundOf(svg);
        if (stroke === null && /plate/.test(shape.getAttribute('class') ?? '')) continue;
        if (stroke === null && shape.parentElement?.querySelector('text') !== null) continue;
        graphics += 1;
        check(name, contrast(colour, ground), 3);
      }
    }
    return { texts, graphics, faults: [...new Set(faults)] };
  });
}
