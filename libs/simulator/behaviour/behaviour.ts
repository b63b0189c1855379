import type { CaseDraft } from '../draft/case-draft.js';
import type { Scenario } from '../lawful/scenario.js';

/** A way of making a case that trips a rule, or comes within one unit of it. */
export interface Behaviour extends Scenario {
  readonly rule: string;
  readonly kind: 'hit' | 'near-miss';
}

type Make = (c: CaseDraft) => void;
type Setting = Pick<Scenario, 'feed' | 'where'>;

/** A case that trips the rule; it states all its labels itself. */
export function hit(
  rule: string,
  name: string,
  items: readonly string[],
  make: Make,
  setting: Setting = {},
): Behaviour {
  return { rule, kind: 'hit', name: `${rule}/${name}`, items, make, ...setting };
}

/** A case that must not trip the rule: the reason is its name in words. */
export function near(
  rule: string,
  why: string,
  items: readonly string[],
  make: Make,
  setting: Setting = {},
): Behaviour {
  return {
    rule,
    kind: 'near-miss',
    name: `${rule}/near: ${why}`,
    items,
    make: (c) => {
      make(c);
      c.clears(rule, why);
    },
    ...setting,
  };
}
