import type { DeadlineLevel, RuleSource } from '#core/rule/rule.js';

function isCard({ level }: DeadlineLevel): boolean {
  return level === 'yellow' || level === 'red';
}

/** Levels that begin before the limit has run out warn of its end; all others say that it is over. */
function saysOver(level: DeadlineLevel): boolean {
  const { share, remaining, afterDays, times } = level;
  if (remaining !== undefined || afterDays !== undefined) return false;
  if (share !== undefined) return share > 1;
  return times === undefined || times >= 1;
}

function levelsOf(rule: RuleSource): DeadlineLevel[] {
  return rule.windows.flatMap((window) =>
    window.kind === 'deadline' || window.kind === 'absence' ? window.levels : [],
  );
}

/** Rules of the family OD (overdue) whose yellow and red cards all say that a limit is over, by id, each once. */
export function overdueRules(rules: readonly RuleSource[]): string[] {
  const found = rules.filter((rule) => {
    const cards = rule.family === 'OD' ? levelsOf(rule).filter(isCard) : [];
    return cards.length > 0 && cards.every(saysOver);
  });
  return [...new Set(found.map(({ id }) => id))].sort();
}
