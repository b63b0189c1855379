import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { selectedAlert, soon } from './inbox.js';
import { describeScreens, onScreen, type Screen } from './screen.js';
import { openStage, type Stage } from './stage.js';

/** Every key that does something on the inbox. */
const KEYS = ['j', 'k', '.', '/', '?', 'Enter', ' ', 'g', 'd'];

describeScreens('shortcuts', () => {
  let stage: Stage;

  beforeAll(async () => {
    stage = await openStage({ judging: false });
  });
  afterAll(() => stage?.stop());

  /** What a key could have changed. */
  async function standing({ page }: Screen) {
    return {
      address: page.url(),
      selected: await selectedAlert(page),
      dialogs: await page.getByRole('dialog').count(),
      focus: await page.evaluate(() => document.activeElement?.tagName),
    };
  }

  /** Sends keys as a browser does while an input method has them. */
  async function compose({ page }: Screen, how: { isComposing: boolean; keyCode: number }) {
    for (const key of KEYS)
      await page.evaluate(
        ({ key, how }) => {
          const event = new KeyboardEvent('keydown', {
            key,
            isComposing: how.isComposing,
            bubbles: true,
            cancelable: true,
          });
          Object.defineProperty(event, 'keyCode', { value: how.keyCode });
          (document.activeElement ?? document.body).dispatchEvent(event);
        },
        { key, how },
      );
  }

  it.each([
    ['says that it composes', { isComposing: true, keyCode: 74 }],
    ['says only 229', { isComposing: false, keyCode: 229 }],
  ])('do not fire while an input method composes and the browser %s', async (_name, how) => {
    await onScreen(stage.origin, {}, async (screen) => {
      await screen.visit('/alerts');
      const before = await standing(screen);
      await compose(screen, how);
      await screen.page.waitForTimeout(300);
      expect(await standing(screen)).toEqual(before);
      // The same keys do fire otherwise.
      await compose(screen, { isComposing: false, keyCode: 74 });
      await soon(
        async () => JSON.stringify(await standing(screen)) !== JSON.stringify(before),
        'a key does something',
      );
    });
  });

  it('leave a real composition alone: its Enter chooses a word and ends nothing', async () => {
    await onScreen(stage.origin, {}, async (screen) => {
      const { page, context } = screen;
      await screen.visit('/alerts');
      const before = page.url();
      const search = page.getByRole('textbox', { name: screen.say('filter.case') });
      await search.focus();
      const input = await context.newCDPSession(page);
      const compositions: boolean[] = [];
      await page.exposeFunction('tellComposing', (composing: boolean) =>
        compositions.push(composing),
      );
      await page.evaluate(() =>
        addEventListener(
          'keydown',
          (event) =>
            (window as unknown as { tellComposing(is: boolean): void }).tellComposing(
              event.isComposing || event.keyCode === 229,
            ),
          { capture: true },
        ),
      );
      await input.send('Input.imeSetComposition', {
        text: 'shenpi',
        selectionStart: 6,
        selectionEnd: 6,
      });
      expect(await search.inputValue()).toBe('shenpi');
      for (const [key, code] of [
        ['j', 74],
        ['.', 190],
        ['Enter', 13],
      ] as const) {
        // As Chromium reports a key that the input method takes.
        await input.send('Input.dispatchKeyEvent', {
          type: 'rawKeyDown',
          key,
          windowsVirtualKeyCode: 229,
          nativeVirtualKeyCode: code,
        });
        await input.send('Input.dispatchKeyEvent', {
          type: 'keyUp',
          key,
          windowsVirtualKeyCode: code,
        });
      }
      expect(page.url()).toBe(before);
      await soon(async () => compositions.length === 3, 'the keys arrive');
      expect(compositions).toEqual([true, true, true]);
      await input.send('Input.insertText', { text: '审批' });
      expect(await search.inputValue()).toBe('审批');
      expect(page.url()).toBe(before);
      expect(await page.getByRole('dialog').count()).toBe(0);
      await search.press('Enter');
      await soon(async () => page.url() !== before, 'Enter ends the finished text');
    });
  });

  it('are text while one writes in a field', async () => {
    await onScreen(stage.origin, {}, async (screen) => {
      const { page } = screen;
      await screen.visit('/alerts');
      await page.keyboard.press('/');
      const search = page.getByRole('textbox', { name: screen.say('filter.case') });
      await soon(
        () => search.evaluate((field) => field === document.activeElement),
        'the field has the focus',
      );
      const before = page.url();
      await page.keyboard.type('gaj?. k/gd');
      expect(await search.inputValue()).toBe('gaj?. k/gd');
      expect(page.url()).toBe(before);
      expect(await selectedAlert(page)).toBeNull();
      expect(await page.getByRole('dialog').count()).toBe(0);
    });
  });

  it('leave keys with a modifier to the browser', async () => {
    await onScreen(stage.origin, {}, async (screen) => {
      await screen.visit('/alerts');
      const before = await standing(screen);
      for (const key of ['Control+j', 'Alt+j', 'Meta+j']) await screen.page.keyboard.press(key);
      expect(await standing(screen)).toEqual(before);
    });
  });

  it('can be switched off, and stay off', async () => {
    await onScreen(stage.origin, {}, async (screen) => {
      const { page, say } = screen;
      await screen.visit('/alerts');
      await page.keyboard.press('?');
      await page.getByRole('switch', { name: say('help.switch') }).click();
      await page.keyboard.press('Escape');
      await page.getByRole('dialog').waitFor({ state: 'hidden' });
      await screen.visit('/alerts');
      const before = await standing(screen);
      for (const key of ['j', 'g', 'd', '?']) await page.keyboard.press(key);
      await page.waitForTimeout(300);
      expect(await standing(screen)).toEqual(before);
    });
  });
});
