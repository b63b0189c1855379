import type { Stage } from './stage.js';

export interface ConsolePage {
  readonly name: string;
  readonly path: string;
}

interface ListedAlert {
  readonly alertId: string;
  readonly caseId: string;
  readonly ruleId: string;
}

/** An alert of a rule; the newest of any rule where it has none. */
export async function alertOf(stage: Stage, rule: string): Promise<ListedAlert> {
  for (const query of [`rule=${rule}&held=false`, '']) {
    const { items } = await stage.ask<{ items: ListedAlert[] }>(`/v1/alerts?${query}`);
    if (items[0] !== undefined) return items[0];
  }
  throw new Error('the city has no alert');
}

/** Every page of the console, with an alert past its statutory limit and its case. */
export async function pagesOf(stage: Stage): Promise<readonly ConsolePage[]> {
  const overdue = await alertOf(stage, 'OD-03');
  return [
    { name: 'alerts', path: '/alerts' },
    { name: 'alert', path: `/alerts/${overdue.alertId}` },
    { name: 'cases', path: '/cases' },
    { name: 'case', path: `/cases/${encodeURIComponent(overdue.caseId)}` },
    { name: 'data-quality', path: '/data-quality' },
    { name: 'dashboard', path: '/dashboard' },
    { name: 'not-found', path: '/no-such-page' },
  ];
}

export const PAGE_NAMES = [
  'alerts',
  'alert',
  'cases',
  'case',
  'data-quality',
  'dashboard',
  'not-found',
] as const;
