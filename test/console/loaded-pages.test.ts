import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { axeFindings, overflow, unmarkedChinese } from './look.js';
import { type ConsolePage, PAGE_NAMES, pagesOf } from './pages.js';
import { describeScreens, onScreen, type Screen } from './screen.js';
import { openStage, type Stage } from './stage.js';
import type { Language } from './words.js';

const LANGUAGES: readonly Language[] = ['zh', 'en'];
const EACH = LANGUAGES.flatMap((language) => PAGE_NAMES.map((name) => ({ language, name })));

/** Shows the page in the other appearance, as the system's setting would. */
async function appear({ page }: Screen, dark: boolean): Promise<void> {
  await page.emulateMedia({ colorScheme: dark ? 'dark' : 'light' });
  await page.waitForFunction(
    (theme) => document.documentElement.dataset.theme === theme,
    dark ? 'dark' : 'light',
  );
}

describeScreens('a page with all that it shows', () => {
  let stage: Stage;
  let pages: readonly ConsolePage[];

  beforeAll(async () => {
    stage = await openStage({ judging: false });
    pages = await pagesOf(stage);
  });
  afterAll(() => stage?.stop());

  const pathOf = (name: string) => pages.find((page) => page.name === name)?.path ?? '';

  it.each(EACH)('$name ($language) is accessible, light and dark', async ({ language, name }) => {
    await onScreen(stage.origin, { language }, async (screen) => {
      const { page } = screen;
      await screen.visit(pathOf(name));
      const found: Record<string, string[]> = {};
      for (const dark of [false, true]) {
        const look = dark ? 'dark' : 'light';
        await appear(screen, dark);
        await screen.picture(`${name}-${language}-${look}`);
        found[look] = await axeFindings(page);
      }
      expect(found).toEqual({ light: [], dark: [] });
      expect(await page.title()).not.toBe('');
      expect(await page.locator('h1').count()).toBe(1);
      expect(await page.locator('html').getAttribute('lang')).toBe(
        language === 'zh' ? 'zh-CN' : 'en',
      );
      if (language === 'en') expect(await unmarkedChinese(page)).toEqual([]);
    });
  });

  it.each(LANGUAGES)('fits a window of 1280 pixels at 200 %% (%s)', async (language) => {
    await onScreen(
      stage.origin,
      { language, width: 1280, height: 900, zoom: 2 },
      async (screen) => {
        const wider: Record<string, number> = {};
        for (const { name, path } of pages) {
          await screen.visit(path);
          wider[name] = await overflow(screen.page);
          await screen.picture(`${name}-${language}-zoomed`);
        }
        expect(wider).toEqual(Object.fromEntries(PAGE_NAMES.map((name) => [name, 0])));
      },
    );
  });
});
