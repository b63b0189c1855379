import type { CaseDraft } from '../draft/case-draft.js';
import { dayAfter } from '../draft/case-draft.js';
import { conclude, decide, deliver, finish, publish, serveDecision } from '../draft/closing.js';
import { lateClosing } from '../draft/consequence.js';
import { serve, toAcceptance } from '../draft/filing.js';
import {
  doRole,
  doStep,
  type ExtensionOptions,
  extend,
  lawfulPause,
  pause,
  resume,
} from '../draft/handling.js';
import { L10, L15, L20 } from '../lawful/scenario.js';
import { addWorkdays } from '../workdays.js';
import { type Behaviour, hit, near } from './behaviour.js';
import { IN_REGIONS_WITH_A } from './irregular-pause.js';

// IR-06 停表过多.

/** Kind A, `n` working days; its stated limit is longer, so that only the cap speaks. */
function kindAFor(c: CaseDraft, n: number, cap: number) {
  toAcceptance(c);
  doRole(c, 'handle', c.filedOn);
  const from = c.used(2);
  const limit = { value: cap + 5, unit: 'G' };
  const fact = pause(c, from, { kind: 'A', limit, paused: { legalBasis: '市政务服务管理办法' } });
  const end = addWorkdays(from, n);
  resume(c, end);
  finish(c, addWorkdays(end, 1));
  return fact;
}

function kindATooLong(c: CaseDraft): void {
  const cap = c.place.item.spec.kind === 'joint' ? 15 : 10;
  kindAFor(c, cap + 1, cap);
  c.trips('IR-06', null, 'yellow', null, 'a kind A pause one day over its cap');
}

function kindAAtCap(c: CaseDraft): void {
  const cap = c.place.item.spec.kind === 'joint' ? 15 : 10;
  kindAFor(c, cap, cap);
}

/** Short lawful pauses one after another. */
function severalPauses(c: CaseDraft, grounds: readonly string[]) {
  toAcceptance(c);
  let last = c.find('accepted');
  grounds.forEach((ground, i) => {
    const from = c.used(i + 2);
    last = lawfulPause(c, from, addWorkdays(from, 2), { no: String(i + 1), ground });
  });
  finish(c, c.used(grounds.length + 3));
  return last;
}

function threePauses(c: CaseDraft): void {
  const third = severalPauses(c, ['testing', 'expert-review', 'testing']);
  c.trips('IR-06', null, 'yellow', third.at, 'a third pause, grounds repeated');
}

function pausedOverStatutory(c: CaseDraft, n: number): void {
  toAcceptance(c);
  const from = c.used(2);
  lawfulPause(c, from, addWorkdays(from, n), { ground: 'tender', limit: { value: 30, unit: 'G' } });
  // Without a result document the exception for pauses that each have one does not hold.
  if (n > c.statutory.value) c.find('resumed').data.resultText = '';
  finish(c, c.used(6));
  if (n > c.statutory.value)
    c.trips('IR-06', null, 'yellow', null, 'stopped longer than the statutory limit');
}

// IR-07 停表中办理.

function stepInPause(c: CaseDraft, when: 'inside' | 'first' | 'last', role = 'handle') {
  toAcceptance(c);
  const from = c.used(2);
  const end = addWorkdays(from, 5);
  const day = { inside: addWorkdays(from, 2), first: from, last: end }[when];
  const completed = doStep(c, role, day);
  lawfulPause(c, from, end, { ground: 'testing' });
  finish(c, c.used(6));
  return completed;
}

function workedInPause(c: CaseDraft): void {
  const completed = stepInPause(c, 'inside');
  c.trips('IR-07', completed, 'yellow', completed.at, 'step completed while the clock was stopped');
}

function decidedInPause(c: CaseDraft): void {
  toAcceptance(c);
  for (const role of ['handle', 'review', 'approve']) doRole(c, role, c.used(1));
  const from = c.used(2);
  pause(c, from, { ground: 'appraisal' });
  const on = addWorkdays(from, 2);
  const decided = decide(c, on);
  serveDecision(c, on);
  conclude(c, on, 'granted');
  deliver(c, on);
  publish(c, addWorkdays(on, 1));
  resume(c, addWorkdays(from, 5));
  c.trips('IR-07', decided, 'yellow', decided.at, 'decided while the clock was stopped');
}

// IR-08 违规延期 (行政许可法 42): a bad extension moves nothing; the case is in time without it.

function extension(c: CaseDraft, o: ExtensionOptions) {
  toAcceptance(c);
  doRole(c, 'handle', c.filedOn);
  const on = c.used(4);
  const fact = extend(c, on, o);
  finish(c, c.used(7));
  return { fact, on };
}

function badExtension(c: CaseDraft): void {
  const joint = c.place.item.spec.kind === 'joint';
  const { fact } = extension(
    c,
    c.random.pick<ExtensionOptions>([
      { added: joint ? 16 : 11 },
      { extended: { approverRank: 'other' } },
      { extended: { approverRank: joint ? 'agency-head' : 'other' } },
      { extended: { reasonText: '  ' } },
    ]),
  );
  c.trips('IR-08', fact, 'red', fact.at, 'over the cap, by the wrong officer, or without a reason');
}

function untoldExtension(c: CaseDraft): void {
  const { fact, on } = extension(c, { told: false });
  c.trips(
    'IR-08',
    fact,
    'red',
    dayAfter(addWorkdays(on, 1)),
    'applicant not told by the next working day',
  );
}

function secondExtension(c: CaseDraft): void {
  toAcceptance(c);
  doRole(c, 'handle', c.filedOn);
  extend(c, c.used(3), { added: 5 });
  const second = extend(c, c.used(5), { added: 5 });
  finish(c, c.used(8));
  c.trips('IR-08', second, 'red', second.at, 'a second extension');
}

function extendedTooLate(c: CaseDraft): void {
  toAcceptance(c);
  doRole(c, 'handle', c.filedOn);
  const fact = extend(c, c.used(c.statutory.value + 1));
  const on = c.used(c.statutory.value + 2);
  finish(c, on);
  lateClosing(c, on);
  c.trips('IR-08', fact, 'red', fact.at, 'approved after the statutory last day');
}

function toldNextDay(c: CaseDraft): void {
  toAcceptance(c);
  doRole(c, 'handle', c.filedOn);
  const on = c.used(4);
  extend(c, on, { told: false });
  serve(c, 'extension', addWorkdays(on, 1));
  finish(c, c.used(7));
}

/** Approved on the statutory last day: too late for the promised limit, in time for the statutory one. */
function extendedOnLastDay(c: CaseDraft): void {
  toAcceptance(c);
  doRole(c, 'handle', c.filedOn);
  const last = c.used(c.statutory.value);
  extend(c, last);
  finish(c, addWorkdays(last, 2));
  lateClosing(c, last);
}

export const IRREGULAR_CLOCK: readonly Behaviour[] = [
  hit('IR-06', 'kind-A-over-the-cap', [...L20, 'factory'], kindATooLong, IN_REGIONS_WITH_A),
  hit('IR-06', 'third-pause', [...L10, ...L15], threePauses),
  hit('IR-06', 'over-the-statutory-limit', L15, (c) => pausedOverStatutory(c, 21)),
  near('IR-06', 'kind A at its cap', [...L20, 'factory'], kindAAtCap, IN_REGIONS_WITH_A),
  near(
    'IR-06',
    'two pauses of one ground',
    [...L10, ...L15],
    (c) => void severalPauses(c, ['testing', 'testing']),
  ),
  near('IR-06', 'stopped exactly as long as the statutory limit', L15, (c) =>
    pausedOverStatutory(c, 20),
  ),
  hit('IR-07', 'worked', [...L10, ...L15], workedInPause),
  hit('IR-07', 'decided', [...L10, ...L15], decidedInPause),
  near(
    'IR-07',
    'on the day the pause begins',
    [...L10, ...L15],
    (c) => void stepInPause(c, 'first'),
  ),
  near('IR-07', 'on the day the pause ends', [...L10, ...L15], (c) => void stepInPause(c, 'last')),
  near('IR-07', 'a lawful parallel step', ['publish'], (c) => void stepInPause(c, 'inside', 'BX')),
  hit('IR-08', 'unlawful', [...L10, 'factory'], badExtension),
  hit('IR-08', 'untold', L10, untoldExtension),
  hit('IR-08', 'second', L10, secondExtension),
  hit('IR-08', 'too-late', L10, extendedTooLate),
  near('IR-08', 'ten days by the agency head, told the next working day', L10, toldNextDay),
  near('IR-08', 'fifteen days by the government head', ['factory'], (c) => void extension(c, {})),
  near('IR-08', 'approved on the statutory last day', L10, extendedOnLastDay),
];
