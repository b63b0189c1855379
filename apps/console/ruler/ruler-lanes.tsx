import { useTranslation } from 'react-i18next';
import { langOf } from '../parts/data-text.js';
import { placeLabels, widthOf } from './ruler-labels.js';
import type { LatePlace, LinePlace, PinPlace, StepPiece } from './ruler-types.js';

export const STEP_HEIGHT = 22;
export const PIN_HEIGHT = 28;
export const LATE_HEIGHT = 28;
export const LABEL_HEIGHT = 18;

const PIN = 11;
/** Lines of one place stand beside one another. */
const BESIDE = 4;

/** Steps as bars with their code and who answers; an end that is open has no edge. */
export function StepLane({
  pieces,
  size,
  room,
  y,
}: {
  readonly pieces: readonly StepPiece[];
  readonly size: number;
  readonly room: number;
  readonly y: number;
}) {
  const { t } = useTranslation();
  return (
    <g className="ruler-steps">
      {pieces.map((piece) => {
        const { step, lane, from, to, begins, ends } = piece;
        const [x, width] = [from * size + 2, (to - from) * size - 4];
        const top = y + lane * STEP_HEIGHT;
        const range = t('ruler.step.range', {
          from: step.from,
          to: step.to ?? t('ruler.step.open'),
        });
        return (
          <g key={step.key} lang={langOf(step.text)}>
            <title>{`${step.text} ${range}`}</title>
            <rect
              className="ruler-step"
              x={x}
              y={top + 1}
              width={width}
              height={STEP_HEIGHT - 4}
              rx={2}
            />
            {begins && (
              <rect
                className="ruler-step-end"
                x={x}
                y={top + 1}
                width={3}
                height={STEP_HEIGHT - 4}
              />
            )}
            {ends && (
              <rect
                className="ruler-step-end"
                x={x + width - 3}
                y={top + 1}
                width={3}
                height={STEP_HEIGHT - 4}
              />
            )}
            <StepText piece={piece} pieces={pieces} place={{ x, y: top + 14, width, room }} />
          </g>
        );
      })}
    </g>
  );
}

interface StepTextProps {
  readonly piece: StepPiece;
  readonly pieces: readonly StepPiece[];
  readonly place: {
    readonly x: number;
    readonly y: number;
    readonly width: number;
    readonly room: number;
  };
}

/** Within its bar; beside it where the bar is too short and nothing follows in its lane. */
function StepText({ piece, pieces, place }: StepTextProps) {
  const { x, y, width, room } = place;
  const { text } = piece.step;
  const isLast = !pieces.some((other) => other.lane === piece.lane && other.from >= piece.to);
  const wide = widthOf(text);
  const right = x + width + 5;
  if (wide > width - 12 && isLast && right + wide < room)
    return (
      <text className="ruler-step-text is-beside" x={right} y={y}>
        {text}
      </text>
    );
  if (wide > width - 12 && isLast && x - 5 > wide && piece.begins && isFirst(piece, pieces))
    return (
      <text className="ruler-step-text is-before" x={x - 5} y={y}>
        {text}
      </text>
    );
  return (
    <text className="ruler-step-text" x={x + 7} y={y}>
      {fitting(text, width - 12)}
    </text>
  );
}

function isFirst(piece: StepPiece, pieces: readonly StepPiece[]): boolean {
  return !pieces.some((other) => other.lane === piece.lane && other.to <= piece.from);
}

/** As much of a text as there is room for. */
function fitting(text: string, room: number): string {
  if (widthOf(text) <= room) return text;
  let short = text;
  while (short !== '' && widthOf(`${short}…`) > room) short = short.slice(0, -1);
  return short === '' ? '' : `${short}…`;
}

/** Events as numbered pins that lead to their entries. */
export function PinLane({
  places,
  size,
  y,
}: {
  readonly places: readonly PinPlace[];
  readonly size: number;
  readonly y: number;
}) {
  const { t } = useTranslation();
  return (
    <g className="ruler-pins">
      {places.map(({ col, level, pin, more }) => {
        const x = (col + 0.5) * size;
        const cy = y + level * PIN_HEIGHT + PIN_HEIGHT / 2;
        const text =
          more.length === 0
            ? t('ruler.pin', { no: pin.no, text: pin.text, date: pin.date })
            : t('ruler.pins', { no: pin.no, more: more.length + 1, date: pin.date });
        return (
          <a
            key={pin.key}
            href={pin.href}
            aria-label={text}
            className={`ruler-pin${pin.late ? ' is-late' : ''}`}
          >
            <title>{text}</title>
            {level === 0 && <path className="ruler-stem" d={`M${x} ${y - 4}V${cy - PIN}`} />}
            <circle cx={x} cy={cy} r={PIN + 1} />
            <text x={x} y={cy + 4}>
              {more.length === 0 ? pin.no : `+${more.length + 1}`}
            </text>
          </a>
        );
      })}
    </g>
  );
}

/** Where events arrived that were received much later than they happened. */
export function LateLane({
  places,
  size,
  y,
}: {
  readonly places: readonly LatePlace[];
  readonly size: number;
  readonly y: number;
}) {
  const { t } = useTranslation();
  return (
    <g className="ruler-late">
      {places.map(({ col, pins }) => {
        const [x, cy] = [(col + 0.5) * size, y + LATE_HEIGHT / 2];
        const [first] = pins;
        if (first === undefined) return null;
        const text = t('ruler.late', {
          nos: pins.map(({ no }) => no).join(t('list.comma')),
          date: first.receivedOn,
        });
        return (
          <a key={first.key} href={first.href} aria-label={text}>
            <title>{text}</title>
            <path d={`M${x} ${cy - 13}L${x + 14} ${cy}L${x} ${cy + 13}L${x - 14} ${cy}Z`} />
            <text x={x} y={cy + 4}>
              {pins.length === 1 ? first.no : `×${pins.length}`}
            </text>
          </a>
        );
      })}
    </g>
  );
}

/** Levels that the labels of a row's lines take. */
export function labelsOf(lines: readonly LinePlace[], size: number, room: number) {
  return placeLabels(
    lines.map(({ line, at }, index) => ({
      key: `${index} ${line.kind}`,
      text: line.text,
      x: at * size + BESIDE * lines.slice(0, index).filter((other) => other.at === at).length,
    })),
    room,
  );
}

/** Vertical lines from their labels down through the days. */
export function LineLane({
  lines,
  size,
  room,
  y,
  bottom,
}: {
  readonly lines: readonly LinePlace[];
  readonly size: number;
  readonly room: number;
  /** Where the days' scale begins: labels lie above. */
  readonly y: number;
  readonly bottom: number;
}) {
  const labels = labelsOf(lines, size, room);
  const kindOf = (key: string) => lines[Number(key.split(' ')[0])]?.line.kind ?? 'as-of';
  return (
    <g className="ruler-lines">
      {labels.map(({ key, x, level }) => (
        <path
          key={key}
          className={`ruler-line line-${kindOf(key)}`}
          d={`M${x} ${y - level * LABEL_HEIGHT - 4}V${bottom}`}
        />
      ))}
      {labels.map(({ key, text, left, width, level }) => (
        <g key={key} className={`ruler-label line-${kindOf(key)}`}>
          <rect
            x={left}
            y={y - (level + 1) * LABEL_HEIGHT}
            width={width}
            height={LABEL_HEIGHT - 2}
            rx={2}
          />
          <text x={left + 5} y={y - level * LABEL_HEIGHT - 6}>
            {text}
          </text>
        </g>
      ))}
    </g>
  );
}
