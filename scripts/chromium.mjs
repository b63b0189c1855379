import { existsSync } from 'node:fs';
import { aptInstall, canInstall } from './apt.mjs';

const PACKAGES = ['chromium', 'fonts-noto-cjk'];
const CHROMIUM = '/usr/bin/chromium';
/** Without it Chinese text is drawn as boxes. */
const CHINESE_FONT = '/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc';

/**
 * The browser of the tests: `{ path }`, or `{ unavailable }` that says why there is none. It is installed, with a font
 * for Chinese, where one of the two is missing. MINGCHA_CHROMIUM names another one.
 */
export async function ensureChromium() {
  const own = process.env.MINGCHA_CHROMIUM;
  if (own !== undefined && own !== '')
    return existsSync(own)
      ? { path: own }
      : { unavailable: `MINGCHA_CHROMIUM is ${own}, where there is no browser` };
  if (canInstall() && !(existsSync(CHROMIUM) && existsSync(CHINESE_FONT)))
    await aptInstall(PACKAGES);
  if (existsSync(CHROMIUM)) return { path: CHROMIUM };
  return {
    unavailable:
      `no browser at ${CHROMIUM}: install ${PACKAGES.join(' and ')} (apt-get install, as root), ` +
      'or name a Chromium by MINGCHA_CHROMIUM',
  };
}
