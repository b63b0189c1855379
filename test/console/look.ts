import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from 'playwright-core';

const WCAG = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];

/** What axe finds on the page as it stands, one line for each element. */
export async function axeFindings(page: Page): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page }).withTags(WCAG).analyze();
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(({ target, html, any }) => {
      const why = any[0]?.message ?? '';
      return `${id} at ${target.join(' ')}: ${html.slice(0, 160)} ${why}`;
    }),
  );
}

/** Pixels by which the page is wider than its window; parts that scroll in a box of their own do not count. */
export async function overflow(page: Page): Promise<number> {
  return page.evaluate(() => {
    const { scrollWidth, clientWidth } = document.documentElement;
    return scrollWidth - clientWidth;
  });
}

/**
 * Chinese that a reader of the English pages would see or hear outside what is marked as Chinese: data and legal text say
 * so by their `lang`.
 */
export async function unmarkedChinese(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const han = /\p{Script=Han}/u;
    const isMarked = (element: Element | null) =>
      element?.closest('[lang]')?.getAttribute('lang')?.startsWith('zh') === true;
    const nameOf = (element: Element) => {
      const names = [element.tagName.toLowerCase(), ...element.classList];
      const data = element.closest('[class]:not(html):not(body)');
      return `${names.join('.')} in ${data?.getAttribute('class') ?? ''}`;
    };
    const found: string[] = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
      const element = node.parentElement;
      if (element === null || /^(SCRIPT|STYLE)$/.test(element.tagName)) continue;
      const text = (node.textContent ?? '').trim();
      if (han.test(text) && !isMarked(element))
        found.push(`${nameOf(element)}: ${text.slice(0, 60)}`);
    }
    for (const name of ['aria-label', 'title', 'placeholder', 'alt'])
      for (const element of document.querySelectorAll(`[${name}]`)) {
        const text = element.getAttribute(name) ?? '';
        if (han.test(text) && !isMarked(element))
          found.push(`${name} of ${nameOf(element)}: ${text.slice(0, 60)}`);
      }
    if (han.test(document.title)) found.push(`title: ${document.title}`);
    return [...new Set(found)];
  });
}
