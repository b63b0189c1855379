import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { STORE } from '../store/sample-step.js';
import { axeFindings, unmarkedChinese } from './look.js';
import { type ConsolePage, pagesOf } from './pages.js';
import { describeScreens, onScreen, type Screen } from './screen.js';
import { openStage, type Stage } from './stage.js';
import type { Language } from './words.js';

const LANGUAGES: readonly Language[] = ['zh', 'en'];

/** What axe and a reader of English find, light and dark; empty where all is well. */
async function faultsOf(screen: Screen, name: string): Promise<string[]> {
  const { page, language } = screen;
  const found: string[] = [];
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    await page.waitForFunction(
      (theme) => document.documentElement.dataset.theme === theme,
      colorScheme,
    );
    if (colorScheme === 'light') await screen.picture(`${name}-${language}`);
    found.push(...(await axeFindings(page)).map((text) => `${name}, ${colorScheme}: ${text}`));
  }
  if (language === 'en')
    found.push(...(await unmarkedChinese(page)).map((text) => `${name}: ${text}`));
  return found;
}

describeScreens('a page in another state', () => {
  let stage: Stage;
  let empty: Stage;
  let pages: readonly ConsolePage[];

  beforeAll(async () => {
    [stage, empty] = await Promise.all([
      openStage({ judging: false }),
      openStage({ template: STORE, judging: false }),
    ]);
    pages = await pagesOf(stage);
  });
  afterAll(() => Promise.all([stage?.stop(), empty?.stop()]));

  it.each(LANGUAGES)('says that nothing matches and offers to clear it (%s)', async (language) => {
    await onScreen(stage.origin, { language }, async (screen) => {
      const { page } = screen;
      await screen.visit('/alerts?case=no-such-case');
      await page.getByText(screen.say('inbox.none-filtered')).waitFor();
      const faults = await faultsOf(screen, 'alerts-none-filtered');
      await page
        .getByRole('main')
        .getByRole('button', { name: screen.say('filter.clear') })
        .first()
        .click();
      await page.locator('tr[data-alert]').first().waitFor();
      await screen.visit('/cases?case=no-such-case');
      faults.push(...(await faultsOf(screen, 'cases-none-filtered')));
      expect(faults).toEqual([]);
    });
  });

  it.each(LANGUAGES)(
    'does not call it quiet where no source was ever heard (%s)',
    async (language) => {
      await onScreen(empty.origin, { language }, async (screen) => {
        const faults: string[] = [];
        await screen.visit('/alerts');
        await screen.page.locator('b', { hasText: screen.say('inbox.no-data') }).waitFor();
        faults.push(...(await faultsOf(screen, 'alerts-no-data')));
        for (const path of ['/cases', '/data-quality', '/dashboard']) {
          await screen.visit(path);
          faults.push(...(await faultsOf(screen, `${path.slice(1)}-no-data`)));
        }
        expect(faults).toEqual([]);
      });
    },
  );

  it.each(LANGUAGES)(
    'says what failed, with its number, and tries again (%s)',
    async (language) => {
      const expected = /status of 50\d/;
      await onScreen(stage.origin, { language, expected }, async (screen) => {
        const { page } = screen;
        const faults: string[] = [];
        // Answers as the API gives them when its database does not answer.
        await page.route(/\/v1\/(?!alerts\/stream)/, (route) =>
          route.fulfill({
            status: 503,
            contentType: 'application/problem+json',
            headers: { 'x-request-id': 'req-0042' },
            body: JSON.stringify({ type: 'urn:mingcha:problem:unavailable', status: 503 }),
          }),
        );
        for (const { name, path } of pages) {
          if (name === 'not-found') continue;
          await page.goto(screen.origin + path);
          await page.getByText('req-0042').first().waitFor();
          faults.push(...(await faultsOf(screen, `${name}-failed`)));
        }
        await page.unroute(/\/v1\/(?!alerts\/stream)/);
        await screen.page.goto(`${screen.origin}/alerts`);
        expect(faults).toEqual([]);
      });
    },
  );

  it('comes back when it is asked again after a failure', async () => {
    await onScreen(stage.origin, { expected: /status of 503/ }, async (screen) => {
      const { page } = screen;
      let refused = 0;
      await page.route(/\/v1\/alerts(\?|$)/, (route) => {
        refused += 1;
        return route.fulfill({ status: 503, contentType: 'application/problem+json', body: '{}' });
      });
      await page.goto(`${screen.origin}/alerts`);
      const again = page.getByRole('button', { name: screen.say('state.retry') });
      await again.waitFor();
      expect(refused).toBeGreaterThan(1);
      await page.unroute(/\/v1\/alerts(\?|$)/);
      await again.click();
      await page.locator('tr[data-alert]').first().waitFor();
    });
  });

  it.each(LANGUAGES)('tells an alert or a case that is not there (%s)', async (language) => {
    await onScreen(stage.origin, { language, expected: /status of 404/ }, async (screen) => {
      const faults: string[] = [];
      for (const name of ['alert', 'case']) {
        await screen.page.goto(`${screen.origin}/${name}s/none`);
        await screen.page.getByText(screen.say('state.failed')).first().waitFor();
        faults.push(...(await faultsOf(screen, `${name}-missing`)));
      }
      expect(faults).toEqual([]);
    });
  });

  it.each(LANGUAGES)('is accessible with its help and its preview open (%s)', async (language) => {
    await onScreen(stage.origin, { language }, async (screen) => {
      const { page } = screen;
      await screen.visit('/alerts');
      await page.keyboard.press('?');
      await page.getByRole('dialog', { name: screen.say('help.title') }).waitFor();
      const faults = await faultsOf(screen, 'help');
      await page.keyboard.press('Escape');
      await page
        .getByRole('dialog', { name: screen.say('help.title') })
        .waitFor({ state: 'hidden' });
      await page.keyboard.press('j');
      await page.keyboard.press('Space');
      await page.getByRole('link', { name: screen.say('inbox.open') }).waitFor();
      faults.push(...(await faultsOf(screen, 'peek')));
      expect(faults).toEqual([]);
    });
  });

  it('says that the line is lost, and since when', async () => {
    await onScreen(stage.origin, { expected: /ERR_|status of 503/ }, async (screen) => {
      const { page } = screen;
      await page.route('**/v1/alerts/stream', (route) => route.abort());
      await screen.visit('/alerts');
      await page.getByText(screen.like('line.never')).first().waitFor();
      expect(await faultsOf(screen, 'alerts-line-lost')).toEqual([]);
    });
  });
});
