import { HeatmapChart } from 'echarts/charts';
import { CalendarComponent, TooltipComponent, VisualMapComponent } from 'echarts/components';
import * as echarts from 'echarts/core';
import { CanvasRenderer } from 'echarts/renderers';
import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { useDark } from '../frame/media.js';
import { useSettings } from '../frame/settings.js';
import { calendarOption, type Words } from './calendar-option.js';
import type { Situation } from './situation-page.js';

echarts.use([
  HeatmapChart,
  CalendarComponent,
  TooltipComponent,
  VisualMapComponent,
  CanvasRenderer,
]);

type Day = Situation['days'][number];

/**
 * Alerts by day, drawn: the only part of the console that loads the chart library. What it shows is also a table, which
 * its description says; days are opened from there by keyboard.
 */
export function AlertCalendar({
  situation,
  onDay,
}: {
  readonly situation: Situation;
  readonly onDay: (day: Day) => void;
}) {
  const { t } = useTranslation();
  const { language } = useSettings();
  const dark = useDark();
  const place = useRef<HTMLDivElement>(null);
  const opened = useRef(onDay);
  opened.current = onDay;
  const { from, today, days, period, matrix } = situation;
  const most = days.reduce<Day | null>(
    (max, day) => (max === null || sumOf(day) > sumOf(max) ? day : max),
    null,
  );
  useEffect(() => {
    if (place.current === null) return;
    // The colours are read from the page, which has put on its appearance by now.
    const chart = echarts.init(place.current, dark ? 'dark' : null, {
      locale: language === 'zh' ? 'ZH' : 'EN',
    });
    const words: Words = {
      red: t('level.red'),
      yellow: t('level.yellow'),
      notice: t('level.notice'),
      pieces: (range) => t('situation.pieces', { range }),
    };
    chart.setOption(calendarOption({ from, today, days, period }, words));
    chart.on('click', ({ dataIndex }) => {
      const day = days[dataIndex];
      if (day !== undefined) opened.current(day);
    });
    const watcher = new ResizeObserver(() => chart.resize());
    watcher.observe(place.current);
    return () => {
      watcher.disconnect();
      chart.dispose();
    };
  }, [dark, language, t, from, today, days, period]);
  const description = t('situation.days-description', {
    from,
    today,
    total: matrix.total,
    most: most?.date ?? '—',
    count: most === null ? 0 : sumOf(most),
  });
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by keyboard (WCAG 2.1.1)
    <section className="calendar-room" aria-label={t('situation.days')} tabIndex={0}>
      <div
        ref={place}
        className={`calendar calendar-${period}`}
        role="img"
        aria-label={description}
      />
    </section>
  );
}

function sumOf({ red, yellow, notice }: Day): number {
  return red + yellow + notice;
}
