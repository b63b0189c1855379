import type { Day } from '#core/event/event.js';
import type { Agency, World } from '../city/world.js';
import type { CaseDraft } from '../draft/case-draft.js';
import type { Random } from '../random.js';

/** One manner of making a case. */
export interface Scenario {
  readonly name: string;
  /** Keys of the items it suits. */
  readonly items: readonly string[];
  readonly make: (c: CaseDraft) => void;
  /** Share among the lawful scenarios; unused by behaviours. */
  readonly weight?: number;
  /** Feed of the municipal bureau with a manner of its own. */
  readonly feed?: 'legacy' | 'batch' | 'slow';
  /** Bureau that the case needs; otherwise any. */
  readonly where?: (world: World, random: Random, day: Day) => Agency;
}

export const L10 = ['food', 'hygiene', 'drain', 'print', 'commit'];
export const L15 = ['hr', 'dispatch', 'pharmacy'];
export const L20 = ['venue', 'school', 'clinic', 'transport'];
export const SHORT = ['tree', 'sign', 'road'];
export const PLAIN = [...L10, ...L15, ...L20, ...SHORT];
export const INSTANT = ['card', 'seal', 'stamp', 'subsidy'];
export const AUTO = ['parking', 'festival'];

/** Greatest number of used days on which nothing is near due yet. */
export function quietDays(c: CaseDraft): number {
  const limit = c.promised.value;
  return Math.min(limit - 1, Math.ceil((limit * 9) / 10)) - 1;
}

/** Working days without an event that an open step may have (default: the greater of 2 and 30 % of the promised limit). */
export function idleDays(c: CaseDraft): number {
  return Math.max(2, Math.ceil((c.promised.value * 3) / 10));
}
