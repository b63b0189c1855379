import { ensureChromium } from '../../scripts/chromium.mjs';
import globalSetup from './global-setup.mjs';
import globalTeardown from './global-teardown.mjs';

/**
 * The servers of global-setup.mjs and a browser, named to the tests as CHROMIUM. Where none can be had,
 * CHROMIUM_UNAVAILABLE says why, so that tests can skip; a run with CI=true fails instead.
 */
export default async function browserSetup() {
  const browser = await ensureChromium();
  if (browser.unavailable !== undefined && process.env.CI === 'true') {
    await globalTeardown();
    throw new Error(`no browser to test with: ${browser.unavailable}`);
  }
  if (browser.unavailable === undefined) process.env.CHROMIUM = browser.path;
  else process.env.CHROMIUM_UNAVAILABLE = browser.unavailable;
  await globalSetup();
}
