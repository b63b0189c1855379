import { formatDate } from '#core/calendar/local-time.js';
import type { CaseView } from '#core/case/case-view.js';
import type { Candidate } from '#core/rule/candidate.js';
import type {
  CompiledAbsence,
  CompiledDeadline,
  CompiledRule,
  CompiledWindow,
} from '#core/rule/compiled.js';
import { readFrom } from '#core/rule/functions.js';
import { Scope } from '#core/rule/scope.js';
import { absenceCandidates } from '#core/rule/window/absence.js';
import { deadlineCandidates } from '#core/rule/window/deadline.js';
import type { Language } from '../language/language.js';
import { eventName, sideOf, textOf } from '../language/texts.js';
import type { WatchedLimitDto } from './case.dto.js';

/** Limits shown of one rule at most: a case with hundreds of steps has hundreds of them. */
const MOST = 50;

/**
 * The limits that a rule watches on a case, found by the core's own windows: what each counts from, its last day, what
 * met it, and the exception that held. Rules without a limit watch none. A window that cannot be evaluated shows none:
 * it is a finding of its own.
 */
export function watchedLimits(
  rule: CompiledRule,
  view: CaseView,
  language: Language,
): WatchedLimitDto[] {
  const watched: WatchedLimitDto[] = [];
  for (const window of rule.windows) {
    const scope = new Scope(view);
    scope.params = rule.source.params ?? {};
    readFrom(scope);
    try {
      for (const candidate of candidatesOf(window, scope)) {
        const on = view.dayOf(candidate.anchor);
        if (on < rule.effectiveFrom || (rule.effectiveTo !== null && on > rule.effectiveTo))
          continue;
        const exception = exceptionOf(window, scope, candidate);
        watched.push(limitDto({ rule, window, candidate, exception }, language));
      }
    } catch {
      // Told as an unevaluable finding by the monitor.
    }
  }
  return watched.slice(0, MOST);
}

function candidatesOf(window: CompiledWindow, scope: Scope): readonly Candidate[] {
  if (window.source.kind === 'deadline')
    return deadlineCandidates(window as CompiledDeadline, scope);
  if (window.source.kind === 'absence')
    return absenceCandidates(window as CompiledAbsence, scope).slice(-1);
  return [];
}

function exceptionOf(window: CompiledWindow, scope: Scope, candidate: Candidate): string | null {
  scope.anchor = candidate.anchor;
  scope.ending = candidate.ending;
  scope.windowClock = candidate.clock;
  const held = window.exceptions.find(({ by, test }) => by === 'when' && test?.(scope) === true);
  return held?.code ?? null;
}

interface Watched {
  readonly rule: CompiledRule;
  readonly window: CompiledWindow;
  readonly candidate: Candidate;
  readonly exception: string | null;
}

function limitDto(watched: Watched, language: Language): WatchedLimitDto {
  const { rule, window, candidate, exception } = watched;
  const { anchor, ending, clock } = candidate;
  const lastOn = clock === null ? null : formatDate(clock.lastDay);
  const written = rule.source.exceptions.find((one) => one.code === exception);
  const key = exception !== null ? 'exception' : ending !== null ? 'met' : 'open';
  return {
    window: window.name,
    anchor: { source: anchor.source, id: anchor.id },
    lastOn,
    metBy: ending === null ? null : { source: ending.source, id: ending.id },
    exception,
    text: textOf(language, `watched.${key}`, {
      anchor: eventName(language, anchor.type),
      lastOn,
      ending: ending === null ? null : eventName(language, ending.type),
      code: exception,
      exception: written === undefined ? null : sideOf(written.text, language),
    }),
  };
}
