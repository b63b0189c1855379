import type {
  AbsenceWindow,
  ConditionWindow,
  CountWindow,
  DeadlineLevel,
  DeadlineWindow,
  OrderWindow,
  RuleSource,
  SameActorWindow,
  SequenceWindow,
  WindowSource,
} from '#core/rule/rule.js';
import {
  type Language,
  levelStart,
  levelWords,
  limitWords,
  predicate,
  say,
  typeWords,
} from './words.js';

/** Names of a rule's windows, as findings and exceptions name them. */
export function windowNames(rule: RuleSource): string[] {
  return rule.windows.map(
    (window, index) => window.name ?? (rule.windows.length > 1 ? `w${index + 1}` : ''),
  );
}

/** What a window says, one statement a line. */
export function windowWords(language: Language, window: WindowSource): string[] {
  const lines = linesOf(language, window);
  if (window.when !== undefined)
    lines.push(
      say(language, `仅当 ${predicate(window.when)}`, `only where ${predicate(window.when)}`),
    );
  if (window.counting !== undefined)
    lines.push(
      say(
        language,
        `日数计算:${COUNTING[window.counting][0]}`,
        `counted by ${COUNTING[window.counting][1]}`,
      ),
    );
  return lines;
}

const COUNTING = {
  workday: ['工作日', 'working days'],
  'calendar-date': ['自然日', 'calendar dates'],
  elapsed: ['实际经过的时间', 'elapsed time'],
  item: ['事项自己的单位', "the item's own unit"],
} as const;

function linesOf(language: Language, window: WindowSource): string[] {
  switch (window.kind) {
    case 'deadline':
      return deadline(language, window);
    case 'absence':
      return absence(language, window);
    case 'count':
      return count(language, window);
    case 'sequence':
      return sequence(language, window);
    case 'order':
      return order(language, window);
    case 'same-actor':
      return sameActor(language, window);
    case 'condition':
      return condition(language, window);
    case 'manual':
      return [
        say(language, '由人工提出,须写明理由和证据', 'raised by a person with reason and evidence'),
        `${levelWords(language, window.level)}`,
      ];
  }
}

function deadline(language: Language, window: DeadlineWindow): string[] {
  const from =
    window.from === 'acceptance'
      ? say(language, '受理', 'acceptance')
      : typeWords(language, window.from);
  const match =
    window.match === undefined
      ? ''
      : say(
          language,
          `(${window.match.join('、')} 相同)`,
          ` with the same ${window.match.join(', ')}`,
        );
  const lines = [
    say(
      language,
      `自${from}起,至${typeWords(language, window.until)}${match}止`,
      `from ${from} until ${typeWords(language, window.until)}${match}`,
    ),
    say(language, `时限:${allowed(language, window)}`, `limit: ${allowed(language, window)}`),
  ];
  if (window.untilWhen !== undefined)
    lines.push(
      say(
        language,
        `终止须满足 ${predicate(window.untilWhen)}`,
        `ended only where ${predicate(window.untilWhen)}`,
      ),
    );
  if (window.startOn !== undefined)
    lines.push(
      say(
        language,
        `起算日由 ${predicate(window.startOn)} 确定`,
        `day 0 is ${predicate(window.startOn)}`,
      ),
    );
  if (window.judge === 'completed')
    lines.push(
      say(language, '事实发生时才判断是否逾期', 'judged when the fact comes, if it comes late'),
    );
  return [...lines, ...deadlineLevels(language, window.levels)];
}

function allowed(language: Language, window: DeadlineWindow): string {
  if (window.clock === 'promised') return say(language, '承诺时限', 'the promised limit');
  if (window.clock === 'statutory') return say(language, '法定时限', 'the statutory limit');
  if (window.dueOn !== undefined)
    return say(
      language,
      `截至 ${predicate(window.dueOn)} 之日`,
      `by the day ${predicate(window.dueOn)}`,
    );
  return window.limit === undefined ? '' : limitWords(language, window.limit);
}

function deadlineLevels(language: Language, levels: readonly DeadlineLevel[]): string[] {
  return levels.map(
    (level) => `${levelWords(language, level.level)}: ${levelStart(language, level)}`,
  );
}

function absence(language: Language, window: AbsenceWindow): string[] {
  const of = typeWords(language, window.of);
  const limit = limitWords(language, window.limit);
  return [
    say(
      language,
      `每次${of}之后,${limit}内没有下一次`,
      `after each of ${of}, none of them within ${limit}`,
    ),
    ...deadlineLevels(language, window.levels),
  ];
}

function count(language: Language, window: CountWindow): string[] {
  const of = typeWords(language, window.of);
  const span =
    window.withinMinutes === undefined
      ? say(language, '同一办件内', 'in the case')
      : say(language, `${window.withinMinutes} 分钟内`, `within ${window.withinMinutes} minutes`);
  const key =
    window.key === undefined
      ? ''
      : say(
          language,
          `,按 ${predicate(window.key)} 分别计数`,
          `, counted for each ${predicate(window.key)}`,
        );
  return [
    say(language, `${span}的${of}${key}`, `${of} ${span}${key}`),
    ...window.levels.map((level) => {
      const only =
        level.when === undefined
          ? ''
          : say(language, `,且 ${predicate(level.when)}`, ` and ${predicate(level.when)}`);
      return say(
        language,
        `${levelWords(language, level.level)}: 达到 ${level.atLeast} 次${only}`,
        `${levelWords(language, level.level)}: at least ${level.atLeast}${only}`,
      );
    }),
  ];
}

function sequence(language: Language, window: SequenceWindow): string[] {
  const then = typeWords(language, window.then);
  const level = levelWords(language, window.level);
  if (window.pathTo !== undefined)
    return [
      say(
        language,
        `${level}: ${then}往返:回到前一站 ${predicate(window.pathTo)}`,
        `${level}: ${then} there and back again: to the place ${predicate(window.pathTo)} left one stop before`,
      ),
    ];
  const first = typeWords(language, window.first ?? []);
  const fewer = window.fewerThan;
  const more = window.moreThan;
  const gap =
    fewer !== undefined
      ? say(
          language,
          `不足${limitWords(language, fewer)}`,
          `fewer than ${limitWords(language, fewer)}`,
        )
      : say(
          language,
          `超过${limitWords(language, more ?? '')}`,
          `more than ${limitWords(language, more ?? '')}`,
        );
  return [
    say(
      language,
      `${level}: ${first}之后${then},相隔${gap}`,
      `${level}: ${then} after ${first}, ${gap} between them`,
    ),
    ...dates(language, window),
  ];
}

function dates(language: Language, window: SequenceWindow): string[] {
  const lines: string[] = [];
  const { firstWhen, firstOn, thenOn } = window;
  if (firstWhen !== undefined)
    lines.push(
      say(
        language,
        `前者须满足 ${predicate(firstWhen)}`,
        `the former only where ${predicate(firstWhen)}`,
      ),
    );
  if (firstOn !== undefined)
    lines.push(
      say(
        language,
        `前者日期取 ${predicate(firstOn)}`,
        `the former's date is ${predicate(firstOn)}`,
      ),
    );
  if (thenOn !== undefined)
    lines.push(
      say(language, `后者日期取 ${predicate(thenOn)}`, `the latter's date is ${predicate(thenOn)}`),
    );
  return lines;
}

function order(language: Language, window: OrderWindow): string[] {
  const [earlier, later] = [typeWords(language, window.earlier), typeWords(language, window.later)];
  const level = levelWords(language, window.level);
  const lines = [
    say(language, `${level}: ${later}早于${earlier}`, `${level}: ${later} before ${earlier}`),
  ];
  if (window.earlierWhen !== undefined)
    lines.push(
      say(
        language,
        `应在先者须满足 ${predicate(window.earlierWhen)}`,
        `what must come first: only where ${predicate(window.earlierWhen)}`,
      ),
    );
  return lines;
}

function sameActor(language: Language, window: SameActorWindow): string[] {
  const parts = window.parts.map((part) => {
    const of = typeWords(language, part.of);
    return part.when === undefined ? of : `${of} (${predicate(part.when)})`;
  });
  const level = levelWords(language, window.level);
  return [
    say(
      language,
      `${level}: 同一人 ${predicate(window.actor)} 办理了全部各项`,
      `${level}: one person, ${predicate(window.actor)}, acted in every part`,
    ),
    ...parts.map((part, index) =>
      say(language, `第 ${index + 1} 项:${part}`, `part ${index + 1}: ${part}`),
    ),
  ];
}

function condition(language: Language, window: ConditionWindow): string[] {
  const on = typeWords(language, window.on);
  const settle = window.settleDays ?? 0;
  const lines = [
    settle === 0
      ? say(language, `${on}发生时`, `at ${on}`)
      : say(language, `${on}之后第 ${settle} 个工作日过后`, `${settle} working days after ${on}`),
    ...window.levels.map(
      (level) => `${levelWords(language, level.level)}: ${predicate(level.when)}`,
    ),
  ];
  if (window.once === true) lines.push(say(language, '每个办件只出现一次', 'once for a case'));
  if (window.since !== undefined)
    lines.push(say(language, `起点取 ${window.since}`, `since ${window.since}`));
  return lines;
}
