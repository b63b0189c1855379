import { expect } from '@jest/globals';
import type { Page } from 'playwright-core';

/** Rows of the inbox from top to bottom, and where each begins on the screen. */
export async function placesOf(
  page: Page,
): Promise<{ readonly alert: string; readonly y: number }[]> {
  return page.locator('tr[data-alert]').evaluateAll((rows) =>
    rows.map((row) => ({
      alert: row.getAttribute('data-alert') ?? '',
      y: Math.round(row.getBoundingClientRect().y),
    })),
  );
}

export async function selectedAlert(page: Page): Promise<string | null> {
  const selected = page.locator('tr[data-alert][aria-current="true"]');
  return (await selected.count()) === 0 ? null : selected.getAttribute('data-alert');
}

/** Waits until it holds. */
export async function soon(holds: () => Promise<boolean>, what: string): Promise<void> {
  const giveUpAt = Date.now() + 20_000;
  while (!(await holds())) {
    if (Date.now() > giveUpAt) expect(`within 20 s: ${what}`).toBe('come about');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
