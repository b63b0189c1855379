import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect } from '@jest/globals';
import { type BrowserContext, chromium, type Page } from 'playwright-core';
import { type Language, like, say } from './words.js';

const root = join(import.meta.dirname, '../..');
/** Pictures of every run, for people to look at. */
export const SCREENS = join(root, '.cache', 'screens');

export interface ScreenOptions {
  readonly language?: Language;
  readonly dark?: boolean;
  readonly width?: number;
  readonly height?: number;
  /** 2: everything twice as large, as a browser's zoom of 200 % makes it. */
  readonly zoom?: number;
  /** Console errors that the test itself brings about. */
  readonly expected?: RegExp;
}

/** A browser with a profile of its own that looks at the console. */
export interface Screen {
  readonly page: Page;
  readonly context: BrowserContext;
  readonly origin: string;
  readonly language: Language;
  /** Text of a key in the language of the screen. */
  say(key: string, params?: Readonly<Record<string, string | number>>): string;
  like(key: string): RegExp;
  /** Opens a page and waits until nothing loads any more. */
  visit(path: string): Promise<void>;
  /** Waits until no part of the page loads any more. */
  calm(): Promise<void>;
  picture(name: string): Promise<void>;
}

/** Where there is no browser the tests are skipped; with CI=true the run has failed before this. */
export const describeScreens =
  process.env.CHROMIUM === undefined ? describe.skip : (describe as typeof describe.skip);

declare global {
  interface Window {
    reportToTest?: (problem: string) => void;
  }
}

/** What must not happen on any page, as it happens. */
async function watch(context: BrowserContext, origin: string, expected: RegExp | undefined) {
  const problems: string[] = [];
  const note = (problem: string) => {
    if (expected?.test(problem) !== true) problems.push(problem);
  };
  context.on('console', (message) => {
    if (message.type() === 'error') note(`console: ${message.text()} (${message.location().url})`);
  });
  context.on('weberror', (error) => note(`error: ${error.error().stack ?? error.error().message}`));
  context.on('request', (request) => {
    const url = new URL(request.url());
    const isOwn = url.origin === origin || ['data:', 'blob:', 'about:'].includes(url.protocol);
    if (!isOwn) note(`request to another origin: ${request.url()}`);
  });
  await context.exposeFunction('reportToTest', note);
  await context.addInitScript(() => {
    addEventListener('securitypolicyviolation', (event) =>
      window.reportToTest?.(
        `policy: ${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}:${event.lineNumber} ${event.sample}`,
      ),
    );
  });
  return problems;
}

function screenOf(context: BrowserContext, page: Page, origin: string, language: Language): Screen {
  const calm = async () => {
    await page.waitForFunction(
      () =>
        document.querySelector('main h1') !== null &&
        document.querySelector('main[aria-busy="true"], .ant-skeleton, .ant-spin-spinning') ===
          null,
    );
    await page.evaluate(() => document.fonts.ready);
  };
  return {
    page,
    context,
    origin,
    language,
    calm,
    say: (key, params) => say(language, key, params),
    like: (key) => like(language, key),
    visit: async (path) => {
      await page.goto(origin + path);
      await calm();
    },
    picture: async (name) => {
      mkdirSync(SCREENS, { recursive: true });
      await page.screenshot({ path: join(SCREENS, `${name}.png`), fullPage: true });
    },
  };
}

/**
 * Runs a test on a screen of its own, and fails it on any console error, page error, violation of the content security
 * policy, or request to another origin.
 */
export async function onScreen(
  origin: string,
  options: ScreenOptions,
  body: (screen: Screen) => Promise<void>,
): Promise<void> {
  const { language = 'zh', dark = false, width = 1440, height = 900, zoom = 1 } = options;
  const profile = mkdtempSync(join(tmpdir(), 'mingcha-profile-'));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: process.env.CHROMIUM ?? '',
    args: ['--disable-dev-shm-usage', '--disable-component-update', '--no-first-run'],
    chromiumSandbox: process.getuid?.() !== 0,
    viewport: { width: Math.round(width / zoom), height: Math.round(height / zoom) },
    deviceScaleFactor: zoom,
    colorScheme: dark ? 'dark' : 'light',
    reducedMotion: 'reduce',
    locale: 'zh-CN',
    // Not the zone of the city: a page that took the machine's would be seen.
    timezoneId: 'America/New_York',
  });
  try {
    context.setDefaultTimeout(20_000);
    const problems = await watch(context, origin, options.expected);
    await context.addInitScript((chosen) => {
      if (location.protocol === 'about:') return;
      if (localStorage.getItem('mingcha.settings') === null)
        localStorage.setItem('mingcha.settings', JSON.stringify({ language: chosen }));
    }, language);
    const page = context.pages()[0] ?? (await context.newPage());
    await body(screenOf(context, page, origin, language));
    expect([...new Set(problems)]).toEqual([]);
  } finally {
    await context.close();
    rmSync(profile, { recursive: true, force: true });
  }
}
