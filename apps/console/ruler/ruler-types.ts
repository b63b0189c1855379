/** One day exactly as the API gives it. Nothing here counts a day: numbers are those of `count`. */
export interface DayLine {
  readonly date: string;
  readonly kind: 'workday' | 'make-up' | 'weekend' | 'holiday';
  readonly count: number | null;
  readonly stop: string | null;
  readonly note: string | null;
  readonly provisional: boolean;
}

/** An event on the ruler; `no` is its number in the list that `href` leads to. */
export interface Pin {
  readonly key: string;
  readonly no: number;
  readonly text: string;
  readonly href: string;
  readonly date: string;
  readonly receivedOn: string;
  /** Received much later than it happened, by its own times. */
  readonly late: boolean;
}

export interface StepSpan {
  readonly key: string;
  readonly text: string;
  readonly from: string;
  /** Null: not completed. */
  readonly to: string | null;
}

export type LineKind = 'deadline' | 'extension' | 'trigger' | 'as-of' | 'ended';

/** A vertical line at the beginning of its day (`part` 0) or at its end (1). */
export interface Line {
  readonly kind: LineKind;
  readonly date: string;
  readonly part: number;
  readonly text: string;
}

/** A pause as its own event states it, whether it stops the clock or not. */
export interface PauseSpan {
  readonly pauseNo: string;
  /** Its first day, which it does not stop itself. */
  readonly from: string;
  readonly to: string | null;
  /** A written notice to the applicant is on record. */
  readonly told: boolean;
}

export interface Marks {
  readonly pins: readonly Pin[];
  readonly steps: readonly StepSpan[];
  readonly lines: readonly Line[];
  readonly pauses: readonly PauseSpan[];
  /** Last day of the limit, included. */
  readonly lastOn: string | null;
  /** Day that everything speaks of: later days are only drawn. */
  readonly asOfOn: string | null;
  /** Day on which the matter ended. */
  readonly endedOn: string | null;
}

/**
 * How a pause or outage shows on a day: it stops the clock and the applicant was told in writing; it stops the clock
 * without a notice on record (a declared outage needs none); it was entered but stops nothing.
 */
export type StopLook = 'told' | 'untold' | 'outage' | 'not-stopping';

export interface DayLook {
  readonly stop: StopLook | null;
  /** Pause that covers the day: the clock's own, or else the one that was entered. */
  readonly stopNo: string | null;
  /** After the last day, up to the end of the matter or `asOf`. */
  readonly over: boolean;
  /** After `asOf`: nothing is said of it. */
  readonly ahead: boolean;
}

export interface Fold {
  /** Date of its first day. */
  readonly key: string;
  readonly days: readonly DayLine[];
  readonly over: boolean;
}

export type Slot =
  | { readonly type: 'day'; readonly col: number; readonly day: DayLine; readonly look: DayLook }
  | { readonly type: 'fold'; readonly col: number; readonly fold: Fold };

export interface StepPiece {
  readonly step: StepSpan;
  readonly lane: number;
  readonly from: number;
  /** Column after its last. */
  readonly to: number;
  readonly begins: boolean;
  readonly ends: boolean;
}

export interface PinPlace {
  readonly col: number;
  readonly level: number;
  readonly pin: Pin;
  /** Further pins of that day for which this one stands too. */
  readonly more: readonly Pin[];
}

export interface LatePlace {
  readonly col: number;
  readonly pins: readonly Pin[];
}

export interface LinePlace {
  readonly line: Line;
  /** In columns from the row's beginning. */
  readonly at: number;
}

export interface Row {
  readonly slots: readonly Slot[];
  readonly steps: readonly StepPiece[];
  readonly pins: readonly PinPlace[];
  readonly late: readonly LatePlace[];
  readonly lines: readonly LinePlace[];
}

export interface Layout {
  /** Columns of a row: whole weeks. */
  readonly columns: number;
  readonly rows: readonly Row[];
  readonly folds: readonly Fold[];
  /** Marks of days that the list does not have. */
  readonly before: readonly Pin[];
  readonly after: readonly Pin[];
  readonly linesOutside: readonly Line[];
}
