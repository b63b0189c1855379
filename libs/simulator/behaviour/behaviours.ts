import type { Behaviour } from './behaviour.js';
import { DATA_QUALITY } from './data-quality.js';
import { DEMANDS } from './demands.js';
import { IRREGULAR_CLOCK } from './irregular-clock.js';
import { IRREGULAR_DECISION } from './irregular-decision.js';
import { IRREGULAR_STEPS } from './irregular-steps.js';
import { OVERDUE_DECISION } from './overdue-decision.js';
import { OVERDUE_FILING } from './overdue-filing.js';
import { OVERDUE_HANDLING } from './overdue-handling.js';
import { SHIRKING } from './shirking.js';

/** Every behaviour of the city. */
export const BEHAVIOURS: readonly Behaviour[] = [
  ...OVERDUE_DECISION,
  ...OVERDUE_FILING,
  ...OVERDUE_HANDLING,
  ...SHIRKING,
  ...DEMANDS,
  ...IRREGULAR_STEPS,
  ...IRREGULAR_CLOCK,
  ...IRREGULAR_DECISION,
  ...DATA_QUALITY,
];
