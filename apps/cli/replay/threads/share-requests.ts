import type { CalendarInput } from '#core/calendar/build-calendar.js';
import type { Event, Instant } from '#core/event/event.js';
import type { FieldTypes } from '#core/rule/predicate-types.js';
import type { RuleSource } from '#core/rule/rule.js';
import type { City } from '#rulebook/city.js';
import type { Moved } from '../../log/external-sort.js';
import type { LineBlock } from '../../log/native-lines.js';

/** What all threads of a replay are given; plain data. */
export interface ReplaySettings {
  /** The log, for messages. */
  readonly file: string;
  readonly city: City;
  /** False: a line that breaks the contract is an error. */
  readonly skipRejected: boolean;
  /** Rules that were read and found without problems. */
  readonly rules: {
    readonly sources: readonly RuleSource[];
    readonly vocabulary: ReadonlyMap<string, FieldTypes>;
  };
  /** Null: the working days of China. */
  readonly calendar: CalendarInput | null;
  readonly knownAt: Instant;
  readonly history: boolean;
}

/** What one thread is given besides. */
export interface ShareSettings extends ReplaySettings {
  /** Number of shares that the cases are divided into. */
  readonly shares: number;
  /** The share that this thread judges, from 0. */
  readonly share: number;
  /** Folder for the runs that all threads write and read. */
  readonly folder: string;
}

/** What a thread found in a block, besides the events of cases that it keeps. */
export interface BlockRead {
  /** Events read. */
  readonly events: number;
  /** Lines left out because they break the contract. */
  readonly rejected: number;
  /** When the last known record was received. */
  readonly last: Instant;
  readonly references: readonly Event[];
  /** Events that correct or revoke another. */
  readonly corrections: readonly Event[];
}

/** What a thread judges its share with. */
export interface ShareToJudge {
  /** All runs of the share, of whichever thread. */
  readonly runs: readonly string[];
  /** What concerns cases of the share from elsewhere. */
  readonly moved: Moved;
  /** Reference facts of the whole log, in its order. */
  readonly references: readonly Event[];
  readonly asOf: Instant;
}

/** Some cases of a share, in the order of their ids. */
export interface CasesJudged {
  /** Cases with something to print: id, text, id, text … */
  readonly printed: readonly string[];
  /** Events of the cases judged, also of those with nothing to print. */
  readonly events: number;
  /** True: the share is at its end. */
  readonly done: boolean;
}

/** What can be asked of a thread; it answers in the order in which it is asked. */
export interface ShareRequests {
  /** Decodes a block and keeps the events of cases. */
  read(block: LineBlock): BlockRead;
  /** Writes all events kept. The runs of each share, in the order of the shares. */
  seal(request: null): readonly (readonly string[])[];
  /** Events kept whose identities (keyOf) are among these; after `seal`. */
  collect(keys: ReadonlySet<string>): readonly Event[];
  /** Begins to judge the share. */
  judge(share: ShareToJudge): null;
  /** The next cases; after `judge`. */
  next(request: null): CasesJudged;
}
