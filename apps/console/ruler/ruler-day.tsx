import type { KeyboardEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { langOf } from '../parts/data-text.js';
import type { DayLine, DayLook, Slot } from './ruler-types.js';
import { dayText, foldNumbers, foldText } from './ruler-words.js';

/** Height of a working day; rest days are lower. */
export const DAY_HEIGHT = 44;
const REST_HEIGHT = 28;

export interface SlotProps {
  readonly slot: Slot;
  /** Width of one day. */
  readonly size: number;
  readonly y: number;
  /** Id of a day for links to it: this and its date. */
  readonly anchor: string;
  readonly isStart: boolean;
  readonly isChosen: boolean;
  readonly isFocus: boolean;
  readonly hatch: { readonly told: string; readonly untold: string };
  readonly onAct: (slot: Slot) => void;
  readonly onKey: (event: KeyboardEvent, slot: Slot) => void;
  readonly onFocus: (slot: Slot) => void;
}

/** One day or one fold: a button of which only one at a time is in the order of tabs. */
export function SlotCell(props: SlotProps) {
  const { slot, isFocus, isChosen, onAct, onKey, onFocus } = props;
  const { t } = useTranslation();
  const isDay = slot.type === 'day';
  const label = isDay ? dayText(t, slot.day, slot.look) : foldText(t, slot.fold);
  return (
    // biome-ignore lint/a11y/useSemanticElements: an HTML button cannot stand in a drawing
    <g
      role="button"
      id={isDay ? `${props.anchor}-${slot.day.date}` : undefined}
      tabIndex={isFocus ? 0 : -1}
      lang={langOf(label)}
      aria-label={isDay ? label : `${label} ${t('ruler.fold.open')}`}
      {...(isDay ? { 'aria-pressed': isChosen } : { 'aria-expanded': false })}
      data-slot={isDay ? slot.day.date : slot.fold.key}
      className={`ruler-slot${isChosen ? ' is-chosen' : ''}`}
      onClick={() => onAct(slot)}
      onFocus={() => onFocus(slot)}
      onMouseEnter={() => onFocus(slot)}
      onKeyDown={(event) => onKey(event, slot)}
    >
      {isDay ? (
        <DayBox {...props} day={slot.day} look={slot.look} x={slot.col * props.size} />
      ) : (
        <FoldBox {...props} slot={slot} />
      )}
    </g>
  );
}

interface BoxProps extends SlotProps {
  readonly day: DayLine;
  readonly look: DayLook;
  readonly x: number;
}

function DayBox({ day, look, x, y, size, isStart, hatch }: BoxProps) {
  const { t } = useTranslation();
  const rests = day.kind === 'weekend' || day.kind === 'holiday';
  const height = rests && day.count === null ? REST_HEIGHT : DAY_HEIGHT;
  const top = y + DAY_HEIGHT - height;
  const middle = x + size / 2;
  const classes = [
    'ruler-day',
    `kind-${day.kind}`,
    look.over ? 'is-over' : '',
    look.ahead ? 'is-ahead' : '',
    day.provisional ? 'is-provisional' : '',
  ];
  const fill = look.stop === null ? null : look.stop === 'told' ? hatch.told : hatch.untold;
  const sign = signOf(day, look, isStart);
  const box = { x: x + 1, y: top, width: size - 2, height, rx: 3 };
  return (
    <>
      <rect className={classes.join(' ')} {...box} />
      {fill !== null && <rect className="ruler-hatch" {...box} fill={fill} />}
      {look.over && <path className="ruler-teeth" d={teeth(x + 1, y + DAY_HEIGHT, size - 2)} />}
      <Words
        sign={
          sign === null
            ? null
            : sign === 'weekday'
              ? weekdayShort(t('ruler.glyph.weekend'), day)
              : t(`ruler.glyph.${sign}`)
        }
        count={day.count}
        provisional={day.provisional ? t('ruler.glyph.provisional') : null}
        place={{ middle, top, height, plated: look.stop !== null }}
      />
      <rect className="ruler-ring" {...box} />
    </>
  );
}

/** `Sa|Su` for the two letters of a weekend. */
function weekdayShort(letters: string, day: DayLine): string {
  const [saturday = '', sunday = ''] = letters.split('|');
  return new Date(`${day.date}T00:00:00Z`).getUTCDay() === 6 ? saturday : sunday;
}

/** What is written on a day beside its number; the first that holds. */
function signOf(day: DayLine, look: DayLook, isStart: boolean): string | null {
  if (look.stop !== null) return look.stop;
  if (look.over && day.count !== null) return 'over';
  if (day.kind === 'holiday') return 'holiday';
  if (day.kind === 'weekend') return 'weekday';
  if (day.kind === 'make-up') return 'make-up';
  return isStart ? 'start' : null;
}

interface WordsProps {
  readonly sign: string | null;
  readonly count: number | null;
  readonly provisional: string | null;
  readonly place: {
    readonly middle: number;
    readonly top: number;
    readonly height: number;
    readonly plated: boolean;
  };
}

function Words({ sign, count, provisional, place }: WordsProps) {
  const { middle, top, height, plated } = place;
  const both = sign !== null && count !== null;
  const centre = top + height / 2 + 5;
  return (
    <>
      {plated && (
        <rect
          className="ruler-plate"
          x={middle - 13}
          y={both ? top + 3 : centre - 14}
          width={26}
          height={both ? height - 8 : 19}
          rx={3}
        />
      )}
      {sign !== null && (
        <text
          className="ruler-sign"
          x={provisional === null ? middle : middle - 6}
          y={both ? top + 14 : centre}
        >
          {sign}
        </text>
      )}
      {count !== null && (
        <text className="ruler-number" x={middle} y={both ? top + height - 12 : centre}>
          {count}
        </text>
      )}
      {provisional !== null && (
        <text className="ruler-provisional" x={middle + 10} y={top + 13}>
          {provisional}
        </text>
      )}
    </>
  );
}

/** Days over the limit have teeth, whatever their colour. */
function teeth(x: number, bottom: number, width: number): string {
  const count = 4;
  const step = width / count;
  let path = `M${x} ${bottom}`;
  for (let tooth = 0; tooth < count; tooth++)
    path += `L${x + step * (tooth + 0.5)} ${bottom - 6}L${x + step * (tooth + 1)} ${bottom}`;
  return `${path}Z`;
}

function FoldBox({ slot, y, size }: SlotProps & { readonly slot: Slot & { type: 'fold' } }) {
  const { t } = useTranslation();
  const { fold, col } = slot;
  const numbers = foldNumbers(fold);
  const [x, width] = [col * size, size * 7];
  const box = { x: x + 1, y, width: width - 2, height: DAY_HEIGHT, rx: 3 };
  const text = t('ruler.fold.short', { days: fold.days.length });
  return (
    <>
      <title>{foldText(t, fold)}</title>
      <rect className={`ruler-fold${fold.over ? ' is-over' : ''}`} {...box} />
      {fold.over && <path className="ruler-teeth" d={teeth(x + 1, y + DAY_HEIGHT, width - 2)} />}
      <text className="ruler-sign" x={x + width / 2} y={y + 17}>
        {fold.over ? `${t('ruler.glyph.over')} · ${text}` : text}
      </text>
      <text className="ruler-sign" x={x + width / 2} y={y + 34}>
        {numbers === null ? t('ruler.fold.open') : t('ruler.fold.counts', numbers)}
      </text>
      <rect className="ruler-ring" {...box} />
    </>
  );
}

/** Short date for the scale: the month where it begins, else the day of the month. */
export function scaleText(date: string, isFirst: boolean): string {
  return isFirst || date.endsWith('-01') ? date.slice(5) : date.slice(8);
}
