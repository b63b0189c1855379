import type { DataSource } from 'typeorm';
import { LEVELS } from '#core/finding.js';
import { STANDING_STATES, TOLD_STATES } from '../alerts/alert.dto.js';
import { type AlertCount, countAlerts, readWanted } from '../alerts/alert-list.js';
import { countCases, readCaseWanted } from '../cases/case-list.js';
import type { Language } from '../language/language.js';
import { codeText, textOf } from '../language/texts.js';
import type { FigureDto, FigureName } from './situation.dto.js';

type ListQuery = Readonly<Record<string, string>>;

/** What a figure counts and what it is part of: both as queries of the list that it opens. */
interface Figure {
  readonly name: FigureName;
  readonly list: 'alerts' | 'cases';
  readonly query: ListQuery;
  readonly base: ListQuery;
  /** Told apart by level. */
  readonly byLevel?: boolean;
}

export const CARDS = 'notice,yellow,red';
export const TOLD = TOLD_STATES.join(',');
const STANDING = STANDING_STATES.join(',');

/**
 * The figures of a day from one date of China to the next (each begins there at 00:00); `overdue` are the rules that say
 * a limit is over.
 */
export function figuresOf(
  { today, tomorrow }: { readonly today: string; readonly tomorrow: string },
  overdue: readonly string[],
): Figure[] {
  const told = { level: CARDS, state: TOLD };
  const standing = { level: CARDS, state: STANDING };
  const over: Figure = {
    name: 'overdue',
    list: 'alerts',
    query: { level: 'yellow,red', state: STANDING, rule: overdue.join(',') },
    base: standing,
    byLevel: true,
  };
  return [
    { name: 'in-progress', list: 'cases', query: { open: 'true' }, base: {} },
    {
      name: 'raised-today',
      list: 'alerts',
      query: { ...told, since: today, until: tomorrow },
      base: told,
      byLevel: true,
    },
    { name: 'standing-red', list: 'alerts', query: { ...standing, level: 'red' }, base: standing },
    {
      name: 'standing-yellow',
      list: 'alerts',
      query: { ...standing, level: 'yellow' },
      base: standing,
    },
    // A rulebook without such rules has nothing to say of limits: an empty list of rules would count all of them.
    ...(overdue.length === 0 ? [] : [over]),
    { name: 'held', list: 'alerts', query: { held: 'true' }, base: {}, byLevel: true },
    { name: 'retracted', list: 'alerts', query: { state: 'retracted' }, base: {}, byLevel: true },
  ];
}

const sum = (counts: readonly AlertCount[]) => counts.reduce((all, { count }) => all + count, 0);

/**
 * Counts by the very code that narrows the lists. Queries that differ in levels and states only are counted at once, by
 * level and state, and told apart here.
 */
function counterOf(source: DataSource) {
  const counted = new Map<string, Promise<AlertCount[]>>();
  return async ({ level, state, ...rest }: ListQuery): Promise<AlertCount[]> => {
    const key = JSON.stringify(rest);
    const counting = counted.get(key) ?? countAlerts(source, readWanted(rest));
    counted.set(key, counting);
    const isIn = (value: string, list: string | undefined) =>
      list === undefined || list.split(',').includes(value);
    return (await counting).filter((one) => isIn(one.level, level) && isIn(one.state, state));
  };
}

interface Telling {
  readonly coverageText: string;
  readonly language: Language;
}

/** Every figure with its value, its base and its texts. */
export async function countFigures(
  source: DataSource,
  figures: readonly Figure[],
  telling: Telling,
): Promise<FigureDto[]> {
  const count = counterOf(source);
  const { language } = telling;
  return Promise.all(
    figures.map(async (figure): Promise<FigureDto> => {
      const { list, query, base, byLevel } = figure;
      if (list === 'cases') {
        const { open, closed } = await countCases(source, readCaseWanted(base));
        return figureDto(figure, { value: open, base: open + closed, byLevel: null }, telling);
      }
      const [found, among] = await Promise.all([count(query), count(base)]);
      const levels = byLevel === true ? levelsOf(found, language) : null;
      return figureDto(figure, { value: sum(found), base: sum(among), byLevel: levels }, telling);
    }),
  );
}

function figureDto(
  { name, list, query }: Figure,
  counts: Pick<FigureDto, 'value' | 'base' | 'byLevel'>,
  { coverageText, language }: Telling,
): FigureDto {
  return {
    name,
    label: textOf(language, `figure.${name}`),
    text: textOf(language, `figure.${name}.text`),
    ...counts,
    baseText: textOf(language, `figure.${name}.base`, { base: counts.base }),
    coverageText,
    list,
    query: { ...query },
  };
}

/** The gravest first; levels that do not occur are left out. */
function levelsOf(counts: readonly AlertCount[], language: Language) {
  return LEVELS.toReversed().flatMap((level) => {
    const count = sum(counts.filter((one) => one.level === level));
    return count === 0 ? [] : [{ level, levelText: codeText(language, 'level', level), count }];
  });
}
