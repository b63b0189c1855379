import { Button, Segmented } from 'antd';
import type { TFunction } from 'i18next';
import { type KeyboardEvent, useEffect, useId, useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { langOf } from '../parts/data-text.js';
import { RulerLegend } from './ruler-legend.js';
import { withPoint } from './ruler-measure.js';
import { MeasureBar } from './ruler-measure-bar.js';
import { layOut } from './ruler-model.js';
import { RulerOutside } from './ruler-outside.js';
import { nameOf, RulerRow } from './ruler-row.js';
import { RulerTable } from './ruler-table.js';
import type { DayLine, Layout, Marks, Slot } from './ruler-types.js';
import { dayText, foldText } from './ruler-words.js';
import { useWidth } from './use-width.js';
import './ruler.css';

/** Width that a day needs at least. */
const LEAST = 33;
const MOST = 54;

export type RulerView = 'drawing' | 'table';

export interface RulerProps {
  readonly label: string;
  /** Days can be linked to as `anchor-date`. */
  readonly anchor: string;
  /** The API's list; null or empty: nothing is drawn. */
  readonly days: readonly DayLine[] | null;
  /** Why there is no list. */
  readonly missing: string;
  readonly marks: Marks;
  readonly view: RulerView;
  readonly onView: (view: RulerView) => void;
  /** Days chosen to measure between. */
  readonly points: readonly string[];
  readonly onPoints: (points: readonly string[]) => void;
}

/**
 * The time ruler 时限尺: the API's day list as a drawing or as a table. It shows numbers that were counted elsewhere;
 * without a list it refuses to draw and says why.
 */
export function Ruler(props: RulerProps) {
  const { t } = useTranslation();
  const { days, label, missing, view, onView } = props;
  if (days === null || days.length === 0)
    return (
      <p className="ruler-refusal" role="note">
        <b>{t('ruler.refusal')}</b> {missing}
      </p>
    );
  const provisional = days.filter((day) => day.provisional);
  const years = [...new Set(provisional.map(({ date }) => date.slice(0, 4)))];
  return (
    <section className="ruler" aria-label={label}>
      <div className="ruler-bar">
        <Segmented<RulerView>
          size="small"
          aria-label={t('ruler.view')}
          value={view}
          onChange={onView}
          options={[
            { value: 'drawing', label: t('ruler.view.drawing') },
            { value: 'table', label: t('ruler.view.table') },
          ]}
        />
        <span className="ruler-range">
          {t('ruler.range', { from: days[0]?.date, to: days.at(-1)?.date })}
        </span>
      </div>
      {view === 'table' ? (
        <RulerTable days={days} anchor={props.anchor} label={t('ruler.table', { label })} />
      ) : (
        <Drawing {...props} days={days} />
      )}
      {years.length > 0 && (
        <p className="ruler-note">
          {t('ruler.provisional', { years: years.join(t('list.comma')) })}
        </p>
      )}
    </section>
  );
}

function Drawing(props: RulerProps & { readonly days: readonly DayLine[] }) {
  const { t } = useTranslation();
  const { days, marks, points, onPoints, label } = props;
  const [opened, setOpened] = useState<ReadonlySet<string>>(new Set());
  const [room, width] = useWidth();
  const id = useId();
  const hatch = { told: `url(#${id}t)`, untold: `url(#${id}u)` };
  const layout = useMemo(
    () => layOut(days, marks, { columns: Math.floor(width / LEAST), opened }),
    [days, marks, width, opened],
  );
  const size = Math.min(MOST, width / layout.columns);
  const walk = useWalk(layout, {
    act: (slot) => {
      if (slot.type === 'fold') setOpened(new Set([...opened, slot.fold.key]));
      else onPoints(withPoint(points, slot.day.date));
    },
    clear: points.length === 0 ? null : () => onPoints([]),
  });
  const said = saying(t, walk.at);
  return (
    <div ref={room} className="ruler-drawing">
      <Hatches id={id} />
      {/* biome-ignore lint/a11y/useSemanticElements: the group of a drawing's buttons */}
      <div
        role="group"
        aria-label={t('ruler.days', { label })}
        aria-describedby={`${id}h`}
        ref={walk.group}
      >
        {layout.rows.map((row) => (
          <RulerRow
            key={row.slots[0] === undefined ? '' : nameOf(row.slots[0])}
            row={row}
            anchor={props.anchor}
            size={size}
            columns={layout.columns}
            startOn={days[0]?.date ?? ''}
            focus={walk.focus}
            chosen={points}
            hatch={hatch}
            onAct={walk.onAct}
            onKey={walk.onKey}
            onFocus={walk.onFocus}
          />
        ))}
      </div>
      <p className="ruler-readout" aria-hidden="true" lang={langOf(said)}>
        {said}
      </p>
      <p id={`${id}h`} className="unseen">
        {t('ruler.help')}
      </p>
      <MeasureBar days={days} points={points} onClear={() => onPoints([])} />
      <div className="ruler-folds">
        {layout.folds.length > 0 && (
          <Button
            size="small"
            onClick={() => setOpened(new Set([...opened, ...layout.folds.map(({ key }) => key)]))}
          >
            {t('ruler.fold.open-all', { number: layout.folds.length })}
          </Button>
        )}
        {opened.size > 0 && (
          <Button size="small" onClick={() => setOpened(new Set())}>
            {t('ruler.fold.close')}
          </Button>
        )}
      </div>
      <RulerOutside layout={layout} />
      <RulerLegend layout={layout} hatch={hatch} />
    </div>
  );
}

function saying(t: TFunction, at: Slot | null): string {
  if (at === null) return t('ruler.hint');
  return at.type === 'day' ? dayText(t, at.day, at.look) : foldText(t, at.fold);
}

interface Walking {
  readonly act: (slot: Slot) => void;
  /** Null: nothing is chosen, so that Escape is left to the page. */
  readonly clear: (() => void) | null;
}

/** One slot is in the order of tabs; arrows move from there, a week up and down, Home and End to the ends. */
function useWalk(layout: Layout, { act, clear }: Walking) {
  const group = useRef<HTMLDivElement>(null);
  const [name, setName] = useState('');
  const [isTouched, setTouched] = useState(false);
  const slots = layout.rows.flatMap((row) => row.slots);
  const index = Math.max(
    0,
    slots.findIndex((slot) => nameOf(slot) === name),
  );
  const current = slots[index];
  const focusOn = (slot: string) =>
    group.current?.querySelector<SVGElement>(`[data-slot="${slot}"]`)?.focus();
  const opening = useRef<string | null>(null);
  // A fold that was opened is gone: the focus stays where it was, on its first day.
  // biome-ignore lint/correctness/useExhaustiveDependencies: when the layout has changed
  useEffect(() => {
    if (opening.current !== null) focusOn(opening.current);
    opening.current = null;
  }, [layout]);
  const open = (slot: Slot) => {
    if (slot.type === 'fold') opening.current = slot.fold.key;
    act(slot);
  };
  const go = (to: number) => {
    const next = slots[Math.max(0, Math.min(slots.length - 1, to))];
    if (next === undefined) return;
    setName(nameOf(next));
    focusOn(nameOf(next));
  };
  const onKey = (event: KeyboardEvent, slot: Slot) => {
    if (event.nativeEvent.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
    const from = slots.indexOf(slot);
    const moves: Record<string, number> = {
      ArrowRight: from + 1,
      ArrowLeft: from - 1,
      ArrowDown: from + 7,
      ArrowUp: from - 7,
      Home: 0,
      End: slots.length - 1,
    };
    const to = moves[event.key];
    if (to !== undefined) go(to);
    else if (event.key === 'Enter' || event.key === ' ') open(slot);
    else if (event.key === 'Escape' && clear !== null) clear();
    else return;
    event.preventDefault();
  };
  return {
    group,
    focus: current === undefined ? '' : nameOf(current),
    at: isTouched ? (current ?? null) : null,
    onKey,
    onAct: open,
    onFocus: (slot: Slot) => {
      setTouched(true);
      setName(nameOf(slot));
    },
  };
}

/** Two directions of hatching: a written notice is on record, or not. */
function Hatches({ id }: { readonly id: string }) {
  return (
    <svg width="0" height="0" className="ruler-defs" aria-hidden="true">
      <defs>
        <pattern id={`${id}t`} width="6" height="6" patternUnits="userSpaceOnUse">
          <path className="ruler-hatching" d="M-1 1L1 -1M0 6L6 0M5 7L7 5" />
        </pattern>
        <pattern id={`${id}u`} width="6" height="6" patternUnits="userSpaceOnUse">
          <path className="ruler-hatching" d="M-1 5L1 7M0 0L6 6M5 -1L7 1" />
        </pattern>
      </defs>
    </svg>
  );
}
