import type { Behaviour } from './behaviour.js';

/** Every behaviour of the city, by rule. */
export const BEHAVIOURS: readonly Behaviour[] = [];
