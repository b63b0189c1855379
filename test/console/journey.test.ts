import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import { CITY_TOLD_UNTIL, type UnansweredFilings, unansweredFilings } from './city.js';
import { placesOf, selectedAlert, soon } from './inbox.js';
import { describeScreens, onScreen, type Screen } from './screen.js';
import { openStage, type Stage } from './stage.js';

interface ListedAlert {
  readonly alertId: string;
  readonly reason: string;
  readonly caseId: string;
}

/*
 * A reviewer's way, while events flow: three filings come in that nobody answers. After four working days each raises a
 * notice, after five it is red. Then the source of the first delivers late what it had from the second day: an
 * acceptance. That finding was never true, and is taken back.
 */
describeScreens('a reviewer, while events flow', () => {
  let stage: Stage;
  let toldUntil = CITY_TOLD_UNTIL;

  beforeAll(async () => {
    stage = await openStage({ eventLog: 'kafka' });
  });
  afterAll(() => stage?.stop());

  /** Each begins the day after the one before has ended. */
  function nextStory(): UnansweredFilings {
    const story = unansweredFilings(toldUntil);
    toldUntil = story.until;
    return story;
  }

  async function alertsOf(caseId: string): Promise<readonly ListedAlert[]> {
    const query = `case=${encodeURIComponent(caseId)}&rule=OD-06`;
    return (await stage.ask<{ items: ListedAlert[] }>(`/v1/alerts?${query}`)).items;
  }

  /** Everything up to the red alerts, told while the page is open; what was shown stays where it is. */
  async function flow(page: Page, story: UnansweredFilings, fresh: RegExp): Promise<void> {
    const before = await placesOf(page);
    expect(before.length).toBe(50);
    await stage.tell(story.filed);
    await stage.tell(story.noticed);
    await page.getByRole('button', { name: fresh }).waitFor();
    const after = await placesOf(page);
    expect(after.map(({ alert }) => alert)).toEqual(before.map(({ alert }) => alert));
    const moved = after.map(({ y }, index) => Math.abs(y - (before[index]?.y ?? 0)));
    // A pixel of rounding is no movement.
    expect(Math.max(...moved)).toBeLessThanOrEqual(1);
  }

  const reasonOn = ({ page, say }: Screen) =>
    page.getByRole('region', { name: say('alert.section.1') });

  /** Figures of the reason that lead to the event they were taken from. */
  const figuresOn = (screen: Screen) =>
    reasonOn(screen).getByTitle(screen.say('alert.figure.evidence'));

  const stateOn = ({ page }: Screen) => page.getByRole('main').locator('header').first();

  /** The entry that a figure has led to is in sight, and is the filing. */
  async function evidenceIsShown({ page }: Screen, caseId: string): Promise<void> {
    const entry = page.locator('li:target');
    await entry.waitFor();
    await soon(
      () =>
        entry.evaluate((shown) => {
          const { top, bottom } = shown.getBoundingClientRect();
          return top < innerHeight && bottom > 0;
        }),
      'the entry is in sight',
    );
    const [source = '', subject = ''] = caseId.split('/');
    expect(await entry.textContent()).toContain(source);
    expect(await entry.textContent()).toContain(subject);
  }

  it('finds an alert, reads why, sees it taken back, and opens its case', async () => {
    const story = nextStory();
    const caseId = story.caseIds[0] ?? '';
    await onScreen(stage.origin, {}, async (screen) => {
      const { page, say, like } = screen;
      await screen.visit('/alerts');
      await flow(page, story, like('inbox.fresh'));
      await page.getByRole('button', { name: like('inbox.fresh') }).click();
      const [alert] = await alertsOf(caseId);
      const alertId = alert?.alertId ?? '';
      const row = page.locator(`tr[data-alert="${alertId}"]`);
      await row.waitFor();
      expect((await placesOf(page)).slice(0, 10).map((place) => place.alert)).toContain(alertId);

      // By its case, then by its level as well.
      const search = page.getByRole('textbox', { name: say('filter.case') });
      await search.fill(caseId);
      await search.press('Enter');
      await soon(async () => (await placesOf(page)).length === 1, 'one row is left');
      await page.getByRole('combobox', { name: say('column.level') }).click();
      await page.keyboard.press('Enter');
      await page.keyboard.press('Escape');
      await soon(async () => /level=notice/.test(page.url()), 'the address names the level');
      expect(new URL(page.url()).searchParams.get('case')).toBe(caseId);
      await row.waitFor();

      // The reason, in the list and on the alert's own page.
      const reason = alert?.reason ?? 'no reason';
      expect(await row.textContent()).toContain(reason);
      await row.getByRole('link').first().click();
      await page.waitForURL(`**/alerts/${alertId}**`);
      await screen.calm();
      expect(await reasonOn(screen).textContent()).toContain(reason);
      await figuresOn(screen).first().click();
      await evidenceIsShown(screen, caseId);
      await screen.picture('journey-evidence');

      // Red first, then taken back, on the page that stands open.
      await stage.tell(story.overdue);
      await stateOn(screen).getByText(say('level.red')).waitFor();
      await stage.tell(story.late);
      await stateOn(screen).getByText(say('alert-state.retracted')).waitFor();
      await screen.picture('journey-retracted');

      await page.getByRole('link', { name: caseId }).first().click();
      await page.waitForURL('**/cases/**');
      await screen.calm();
      expect(await page.getByRole('main').textContent()).toContain(caseId);
      await page.getByRole('button', { name: 'English' }).click();
      await soon(
        async () => (await page.locator('html').getAttribute('lang')) === 'en',
        'the page is English',
      );
      await page.getByRole('button', { name: '中文' }).waitFor();
      await screen.picture('journey-case-en');
    });
  });

  it('does all of it by keyboard alone', async () => {
    const story = nextStory();
    const caseId = story.caseIds[0] ?? '';
    await onScreen(stage.origin, {}, async (screen) => {
      const { page, say, like } = screen;
      const { keyboard } = page;
      await screen.visit('/alerts');
      await flow(page, story, like('inbox.fresh'));
      await keyboard.press('.');
      const [alert] = await alertsOf(caseId);
      const alertId = alert?.alertId ?? '';
      await page.locator(`tr[data-alert="${alertId}"]`).waitFor();

      // To its row and back over it, a look beside the list, and the page.
      for (let step = 0; (await selectedAlert(page)) !== alertId && step < 20; step += 1) {
        const before = await selectedAlert(page);
        await keyboard.press('j');
        await soon(async () => (await selectedAlert(page)) !== before, 'the next row is selected');
      }
      expect(await selectedAlert(page)).toBe(alertId);
      await keyboard.press('j');
      await soon(async () => (await selectedAlert(page)) !== alertId, 'the row below is selected');
      await keyboard.press('k');
      await soon(async () => (await selectedAlert(page)) === alertId, 'the row is selected again');
      const preview = page.getByRole('dialog');
      await keyboard.press('Space');
      await preview.waitFor();
      expect(await preview.textContent()).toContain(alert?.reason ?? 'no reason');
      await keyboard.press('Escape');
      await preview.waitFor({ state: 'hidden' });

      // A filter, by the key for it.
      await keyboard.press('/');
      await keyboard.insertText(caseId);
      await keyboard.press('Enter');
      await soon(async () => (await placesOf(page)).length === 1, 'one row is left');
      await page.getByRole('textbox', { name: say('filter.case') }).blur();
      await keyboard.press('j');
      await soon(async () => (await selectedAlert(page)) === alertId, 'the row is selected');
      await keyboard.press('Enter');
      await page.waitForURL(`**/alerts/${alertId}**`);
      await screen.calm();
      expect(await reasonOn(screen).textContent()).toContain(alert?.reason ?? 'no reason');

      // By Tab to the first figure of the reason, and along it to the evidence.
      const figure = figuresOn(screen).first();
      const isReached = () => figure.evaluate((link) => link === document.activeElement);
      for (let step = 0; step < 60 && !(await isReached()); step += 1) await keyboard.press('Tab');
      expect(await isReached()).toBe(true);
      await keyboard.press('Enter');
      await evidenceIsShown(screen, caseId);

      await stage.tell(story.overdue);
      await stage.tell(story.late);
      await stateOn(screen).getByText(say('alert-state.retracted')).waitFor();
      await keyboard.press('c');
      await page.waitForURL('**/cases/**');
      await screen.calm();
      await keyboard.press('g');
      await keyboard.press('d');
      await page.waitForURL('**/dashboard');
      await keyboard.press('g');
      await keyboard.press('q');
      await page.waitForURL('**/data-quality');
      await keyboard.press('g');
      await keyboard.press('a');
      await page.waitForURL('**/alerts');
      await screen.calm();

      // The language: a button like any other, before the page's own.
      const english = page.getByRole('button', { name: 'English' });
      const isThere = () => english.evaluate((button) => button === document.activeElement);
      for (let step = 0; step < 100 && !(await isThere()); step += 1)
        await keyboard.press('Shift+Tab');
      expect(await isThere()).toBe(true);
      await keyboard.press('Enter');
      await page.getByRole('button', { name: '中文' }).waitFor();
    });
  });
});
