import { listName } from '../case/case-view.js';

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
  roleOf: ['approval.step-entered', ...ITEM],
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

/** Names by which a predicate looks at more than its event: at other events, or at what ends the window. */
const OTHER_NAMES = new Set(['case', 'end', 'region', 'clock', ...Object.keys(BEHIND)]);

/** True where a predicate's text names nothing that other events of the case can change. */
export function looksAtEventOnly(expression: string): boolean {
  return !(expression.match(/[A-Za-z_]\w*/g) ?? []).some((word) => OTHER_NAMES.has(word));
}
