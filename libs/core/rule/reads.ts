import { type CaseView, listName } from '../case/case-view.js';
import { isClosing } from '../case/closing.js';
import type { Event } from '../event/event.js';

/** Stands for every event that ends a case (case/closing.ts). */
const CLOSING = ['@closing'];
/** Stands for every event that can move a clock: pauses, extensions, and the notices that make them lawful. */
const MOVER = '@mover';
const ITEM = ['approval.applied', 'approval.received'];
const ACCEPTANCE = [
  ...ITEM,
  'approval.accepted',
  'approval.supplement-requested',
  'approval.supplemented',
  ...CLOSING,
];
const MOVERS = [...ACCEPTANCE, MOVER];
const STEPS = ['approval.step-entered', 'approval.step-completed', ...CLOSING];
const MATERIALS = [...ITEM, 'approval.accepted', 'approval.supplemented'];

/** Event types behind each derived name and function of predicates. */
const BEHIND: Readonly<Record<string, readonly string[]>> = {
  item: ITEM,
  limitItem: ACCEPTANCE,
  filedOn: ITEM,
  acceptance: ACCEPTANCE,
  closing: CLOSING,
  promised: MOVERS,
  statutory: MOVERS,
  clock: MOVERS,
  pauses: MOVERS,
  pause: MOVERS,
  extension: MOVERS,
  materialsHeld: MATERIALS,
  materialsMissing: MATERIALS,
  usedOn: MOVERS,
  stepIsOpen: STEPS,
  roleOf: [...STEPS, ...ITEM],
  stepLimit: ITEM,
  supplementPending: ACCEPTANCE,
  stoppedPastLimit: MOVERS,
};

export const CLOSING_TYPES: readonly string[] = CLOSING;
export const ACCEPTANCE_TYPES: readonly string[] = ACCEPTANCE;
export const MOVER_TYPES: readonly string[] = MOVERS;

/** Event types that a predicate's text can depend on; more than needed is harmless, less would be wrong. */
export function readsOf(expression: string, types: Iterable<string>): Set<string> {
  const reads = new Set<string>();
  const words = new Set(expression.match(/[A-Za-z_]\w*/g) ?? []);
  for (const word of words) for (const type of BEHIND[word] ?? []) reads.add(type);
  if (words.has('case')) for (const type of types) if (words.has(listName(type))) reads.add(type);
  return reads;
}

/** Names that a predicate may look at besides the item and the event. */
const OTHER_NAMES = ['case', 'end', 'region', 'clock', ...Object.keys(BEHIND)];
/** Functions that look at nothing but their arguments. */
const PURE = new Set(
  'blank text number max ceil creditCodeValid stockPhrase dateIn yearOf daysBetween addDays minutesBetween hoursBetween'.split(
    ' ',
  ),
);
const FUNCTION_CALL = /(?<![.\w])([A-Za-z_]\w*)\s*\(/g;
const MACROS = new Set([
  'size',
  'has',
  'string',
  'int',
  'double',
  'exists',
  'all',
  'filter',
  'map',
]);

function wordsOf(expression: string): string[] {
  return expression.match(/[A-Za-z_]\w*/g) ?? [];
}

/** True where a predicate's text names nothing that other events of the case can change. */
export function looksAtEventOnly(expression: string): boolean {
  const words = wordsOf(expression);
  return !words.some((word) => OTHER_NAMES.includes(word));
}

/** True where a predicate looks at the catalogue item and its own parameters alone. */
export function looksAtItemOnly(expression: string): boolean {
  const words = wordsOf(expression);
  if (!words.includes('item') || words.includes('event')) return false;
  if (words.some((word) => word !== 'item' && OTHER_NAMES.includes(word))) return false;
  return [...expression.matchAll(FUNCTION_CALL)].every(
    ([, name = '']) => PURE.has(name) || MACROS.has(name),
  );
}

const MOVING = new Set(['approval.paused', 'approval.resumed', 'approval.extended']);

/** What an event can touch besides the rules that name its type. `view` already holds the event. */
export function touchOf(event: Event, view: CaseView): 'plain' | 'closing' | 'mover' {
  if (isClosing(event)) return 'closing';
  if (MOVING.has(event.type)) return 'mover';
  const moves =
    event.type === 'approval.notice-served' &&
    view.hasAny(['approval.paused', 'approval.extended']);
  return moves ? 'mover' : 'plain';
}
