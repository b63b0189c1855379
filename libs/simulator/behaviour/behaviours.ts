import type { Behaviour } from './behaviour.js';
import { DATA_CODES } from './data-codes.js';
import { DATA_QUALITY } from './data-quality.js';
import { DEMANDS } from './demands.js';
import { FALSE_CONCLUSION } from './false-conclusion.js';
import { IRREGULAR_CLOCK } from './irregular-clock.js';
import { IRREGULAR_DECISION } from './irregular-decision.js';
import { IRREGULAR_FEE } from './irregular-fee.js';
import { IRREGULAR_PAUSE } from './irregular-pause.js';
import { IRREGULAR_STEPS } from './irregular-steps.js';
import { NEGATIVE_ACTS } from './negative-acts.js';
import { OFF_SYSTEM } from './off-system.js';
import { OVERDUE_ANSWER } from './overdue-answer.js';
import { OVERDUE_CONCLUSION } from './overdue-conclusion.js';
import { OVERDUE_DECISION } from './overdue-decision.js';
import { OVERDUE_FILING } from './overdue-filing.js';
import { OVERDUE_HANDLING } from './overdue-handling.js';
import { OVERDUE_WAITING } from './overdue-waiting.js';
import { SHIRKING } from './shirking.js';

/** Every behaviour of the city. */
export const BEHAVIOURS: readonly Behaviour[] = [
  ...OVERDUE_DECISION,
  ...OVERDUE_CONCLUSION,
  ...OVERDUE_FILING,
  ...OVERDUE_ANSWER,
  ...OVERDUE_HANDLING,
  ...OVERDUE_WAITING,
  ...SHIRKING,
  ...NEGATIVE_ACTS,
  ...DEMANDS,
  ...IRREGULAR_STEPS,
  ...OFF_SYSTEM,
  ...FALSE_CONCLUSION,
  ...IRREGULAR_PAUSE,
  ...IRREGULAR_CLOCK,
  ...IRREGULAR_FEE,
  ...IRREGULAR_DECISION,
  ...DATA_QUALITY,
  ...DATA_CODES,
];
