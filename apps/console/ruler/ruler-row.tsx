import type { KeyboardEvent } from 'react';
import { DAY_HEIGHT, SlotCell, scaleText } from './ruler-day.js';
import {
  LABEL_HEIGHT,
  LATE_HEIGHT,
  LateLane,
  LineLane,
  labelsOf,
  PIN_HEIGHT,
  PinLane,
  STEP_HEIGHT,
  StepLane,
} from './ruler-lanes.js';
import type { Row, Slot } from './ruler-types.js';

const SCALE_HEIGHT = 18;
const GAP = 6;

export interface RowProps {
  readonly row: Row;
  readonly anchor: string;
  readonly size: number;
  readonly columns: number;
  /** First day of the whole list. */
  readonly startOn: string;
  readonly focus: string;
  readonly chosen: readonly string[];
  readonly hatch: { readonly told: string; readonly untold: string };
  readonly onAct: (slot: Slot) => void;
  readonly onKey: (event: KeyboardEvent, slot: Slot) => void;
  readonly onFocus: (slot: Slot) => void;
}

/** What a slot is called among all: a day by its date, a fold by that of its first day. */
export function nameOf(slot: Slot): string {
  return slot.type === 'day' ? slot.day.date : slot.fold.key;
}

/** One row of the ruler: labels, scale, days, steps, pins and late arrivals, from top to bottom. */
export function RulerRow(props: RowProps) {
  const { row, size, columns } = props;
  const room = columns * size;
  const labels = labelsOf(row.lines, size, room);
  const levels = labels.length === 0 ? 0 : Math.max(...labels.map(({ level }) => level)) + 1;
  const pinLevels = row.pins.length === 0 ? 0 : Math.max(...row.pins.map(({ level }) => level)) + 1;
  const scaleY = levels * LABEL_HEIGHT + 4;
  const dayY = scaleY + SCALE_HEIGHT;
  const stepY = dayY + DAY_HEIGHT + GAP;
  const steps = row.steps.length === 0 ? 0 : Math.max(...row.steps.map(({ lane }) => lane)) + 1;
  const pinY = stepY + steps * STEP_HEIGHT + (steps > 0 ? 2 : 0);
  const lateY = pinY + pinLevels * PIN_HEIGHT;
  const height = lateY + (row.late.length > 0 ? LATE_HEIGHT : 0) + 4;
  return (
    <svg
      className="ruler-row"
      width={room}
      height={height}
      viewBox={`0 0 ${room} ${height}`}
      role="none"
    >
      <Scale {...props} y={scaleY + 12} />
      {row.slots.map((slot) => (
        <SlotCell
          key={nameOf(slot)}
          slot={slot}
          anchor={props.anchor}
          size={size}
          y={dayY}
          isStart={nameOf(slot) === props.startOn}
          isChosen={slot.type === 'day' && isChosen(slot.day.date, props.chosen)}
          isFocus={nameOf(slot) === props.focus}
          hatch={props.hatch}
          onAct={props.onAct}
          onKey={props.onKey}
          onFocus={props.onFocus}
        />
      ))}
      <StepLane pieces={row.steps} size={size} room={room} y={stepY} />
      <LineLane
        lines={row.lines}
        size={size}
        room={room}
        y={scaleY}
        bottom={dayY + DAY_HEIGHT + 3}
      />
      <PinLane places={row.pins} size={size} y={pinY} />
      <LateLane places={row.late} size={size} y={lateY} />
    </svg>
  );
}

function isChosen(date: string, [one, other]: readonly string[]): boolean {
  return date === one || date === other;
}

function Scale({ row, size, y }: RowProps & { readonly y: number }) {
  return (
    // biome-ignore lint/a11y/noAriaHiddenOnFocusable: a group of texts takes no focus
    <g aria-hidden="true">
      {row.slots.map((slot, index) =>
        slot.type === 'fold' ? null : (
          <text key={slot.day.date} className="ruler-scale" x={(slot.col + 0.5) * size} y={y}>
            {scaleText(slot.day.date, row.slots[index - 1]?.type !== 'day')}
          </text>
        ),
      )}
    </g>
  );
}
