import type { Event } from '../event/event.js';

/** Acts that end a case by themselves (events.md section 3); `concluded` only records them. */
const CONCLUDING = new Set([
  'approval.decided',
  'approval.returned',
  'approval.voided',
  'approval.withdrawn',
]);

/** True for a fact that ends the case: a concluding fact, a refusal, or a conclusion that merges or hands the case on. */
export function isClosing(event: Event): boolean {
  if (CONCLUDING.has(event.type) || event.type === 'approval.refused') return true;
  return event.type === 'approval.concluded' && endsElsewhere(event);
}

/** Closing facts of exception X7: the applicant withdrew, or the case went on in another one. */
export function endsElsewhere(event: Event): boolean {
  if (event.type === 'approval.withdrawn') return true;
  if (event.type !== 'approval.concluded') return false;
  return event.data.conclusion === 'merged' || event.data.conclusion === 'transferred-out';
}
