import type { Situation } from './situation-page.js';

export interface Words {
  readonly red: string;
  readonly yellow: string;
  readonly notice: string;
  /** What a colour stands for, from the bounds of its numbers. */
  readonly pieces: (range: string) => string;
}

type Days = Pick<Situation, 'from' | 'today' | 'days' | 'period'>;

/** Colours of the page as they are now; the chart cannot read them by itself. */
function colour(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}

/**
 * From which number on each colour stands, by the largest there is. The numbers in the cells and the table say the same,
 * so that colour alone says nothing.
 */
export function stepsOf(most: number): readonly [number, number, number, number] {
  const second = Math.max(2, Math.ceil(most / 6));
  const third = Math.max(second + 1, Math.ceil(most / 3));
  return [1, second, third, Math.max(third + 1, Math.ceil((2 * most) / 3))];
}

type Steps = ReturnType<typeof stepsOf>;

function pieces(steps: Steps, text: Words['pieces']) {
  return steps.map((min, step) => {
    const next = steps[step + 1];
    const max = next === undefined ? Number.MAX_SAFE_INTEGER : next - 1;
    const range = next === undefined ? `≥ ${min}` : min === max ? String(min) : `${min}–${max}`;
    return { min, max, label: text(range), color: colour(`heat-${step + 1}`) };
  });
}

/** Width of a day in pixels, so that its number fits where numbers are written. */
const CELL = { month: 44, quarter: 34, year: 19 } as const;

/** What the chart library draws of the days. */
export function calendarOption({ from, today, days, period }: Days, words: Words) {
  const steps = stepsOf(Math.max(0, ...days.map(sumOf)));
  const soft = { color: colour('soft'), fontSize: 12 };
  return {
    animation: false,
    backgroundColor: 'transparent',
    tooltip: {
      renderMode: 'richText',
      backgroundColor: colour('card'),
      borderColor: colour('line-strong'),
      textStyle: { color: colour('text') },
      formatter: ({ dataIndex }: { readonly dataIndex: number }) => {
        const day = days[dataIndex];
        if (day === undefined) return '';
        const { red, yellow, notice } = day;
        return `${day.date}\n■ ${words.red} ${red}\n▲ ${words.yellow} ${yellow}\n● ${words.notice} ${notice}`;
      },
    },
    visualMap: {
      type: 'piecewise',
      pieces: pieces(steps, words.pieces),
      dimension: 1,
      orient: 'horizontal',
      left: 44,
      bottom: 0,
      itemSymbol: 'rect',
      selectedMode: false,
      textStyle: soft,
    },
    calendar: {
      top: 26,
      left: 44,
      range: [from, today],
      cellSize: [CELL[period], period === 'year' ? 19 : 30],
      itemStyle: { color: colour('card'), borderColor: colour('line'), borderWidth: 1 },
      splitLine: { lineStyle: { color: colour('line-strong'), width: 1 } },
      dayLabel: { ...soft, firstDay: 1 },
      monthLabel: soft,
      yearLabel: { show: false },
    },
    series: {
      type: 'heatmap',
      coordinateSystem: 'calendar',
      data: days.map((day) => heatCell(day, steps, period)),
      emphasis: { itemStyle: { borderColor: colour('text'), borderWidth: 2 } },
    },
  };
}

const sumOf = ({ red, yellow, notice }: Situation['days'][number]) => red + yellow + notice;

/** The cells of a year are too small for their numbers. */
function heatCell(day: Situation['days'][number], steps: Steps, period: Situation['period']) {
  const sum = sumOf(day);
  const step = steps.findLastIndex((min) => sum >= min) + 1;
  return {
    value: [day.date, sum],
    label: {
      show: period !== 'year',
      formatter: String(sum),
      color: colour(`heat-text-${step}`),
      fontSize: 12,
    },
  };
}
