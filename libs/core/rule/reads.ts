import { listName } from '../case/case-view.js';

const CLOSING = [
  'approval.decided',
  'approval.returned',
  'approval.voided',
  'approval.withdrawn',
  'approval.refused',
  'approval.concluded',
];
const ITEM = ['approval.applied', 'approval.received'];
const ACCEPTANCE = [
  ...ITEM,
  'approval.accepted',
  'approval.supplement-requested',
  'approval.supplemented',
  ...CLOSING,
];
const MOVERS = [
  ...ACCEPTANCE,
  'approval.paused',
  'approval.resumed',
  'approval.extended',
  'approval.notice-served',
];
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

/** True where a predicate's text names nothing that other events of the case can change. */
export function looksAtEventOnly(expression: string): boolean {
  const words = expression.match(/[A-Za-z_]\w*/g) ?? [];
  return !words.some((word) => word === 'case' || word in BEHIND);
}
