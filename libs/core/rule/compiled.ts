import type { Day } from '../event/event.js';
import type { Predicate } from './predicate.js';
import type {
  AbsenceWindow,
  ConditionWindow,
  CountWindow,
  DeadlineLevel,
  DeadlineWindow,
  ManualWindow,
  OrderWindow,
  RuleSource,
  SameActorWindow,
  SequenceWindow,
} from './rule.js';

export type Test = Predicate<boolean>;

export interface CompiledLimit {
  readonly value: number | Predicate<number>;
  readonly unit: 'G' | 'Z' | 'H';
}

export interface CompiledLevel extends Omit<DeadlineLevel, 'limit'> {
  readonly limit: CompiledLimit | null;
}

interface Compiled {
  readonly name: string;
  /** Event types that can change what the window says of events that stand in the case already; null = any. */
  readonly reads: ReadonlySet<string> | null;
  /**
   * Types of which an event that comes last can add what the window says of itself, no more; null = any. It adds
   * nothing unless all of `admits`, which look at the event alone, are true of it.
   */
  readonly arrivals: {
    readonly types: ReadonlySet<string> | null;
    readonly admits: readonly Test[];
  };
  /** Without an event of one of these types the window has nothing to say; null = any event. */
  readonly anchorTypes: readonly string[] | null;
  readonly when: Test | null;
  readonly exceptions: readonly CompiledException[];
  /** Pauses, extensions and outages leave time out of this window's clock (X2, X1, X8). */
  readonly movers: {
    readonly pauses: boolean;
    readonly extensions: boolean;
    readonly outages: boolean;
  };
  /** A withdrawal, merger or hand-over closes this window (X7). */
  readonly closesElsewhere: boolean;
}

export interface CompiledException {
  readonly code: string;
  readonly by: 'when' | 'clock' | 'closing' | 'person';
  readonly test: Test | null;
}

export interface CompiledDeadline extends Compiled {
  readonly source: DeadlineWindow;
  readonly limit: CompiledLimit | Predicate<{ value: number; unit: 'G' | 'Z' | 'H' } | null> | null;
  readonly startOn: Predicate<string> | null;
  readonly dueOn: Predicate<string> | null;
  readonly untilWhen: Test | null;
  /** True where `untilWhen` asks for the window's own clock, which then has to run first. */
  readonly untilNeedsClock: boolean;
  readonly until: ReadonlySet<string>;
  readonly untilClosing: boolean;
  readonly levels: readonly CompiledLevel[];
}

export interface CompiledAbsence extends Compiled {
  readonly source: AbsenceWindow;
  readonly of: ReadonlySet<string> | null;
  readonly limit: CompiledLimit;
  readonly levels: readonly CompiledLevel[];
}

export interface CompiledCount extends Compiled {
  readonly source: CountWindow;
  readonly key: Predicate<string> | null;
  readonly levels: readonly {
    readonly level: CountWindow['levels'][number]['level'];
    readonly atLeast: number;
    readonly when: Test | null;
  }[];
}

export interface CompiledSequence extends Compiled {
  readonly source: SequenceWindow;
  readonly firstWhen: Test | null;
  readonly firstOn: Predicate<string> | null;
  readonly thenOn: Predicate<string> | null;
  readonly pathFrom: Predicate<string> | null;
  readonly pathTo: Predicate<string> | null;
  readonly fewerThan: CompiledLimit | null;
  readonly moreThan: CompiledLimit | null;
}

export interface CompiledOrder extends Compiled {
  readonly source: OrderWindow;
  readonly earlierWhen: Test | null;
}

export interface CompiledSameActor extends Compiled {
  readonly source: SameActorWindow;
  readonly parts: readonly { readonly of: readonly string[]; readonly when: Test | null }[];
  readonly actor: Predicate<string>;
}

export interface CompiledCondition extends Compiled {
  readonly source: ConditionWindow;
  readonly levels: readonly {
    readonly level: ConditionWindow['levels'][number]['level'];
    readonly when: Test;
  }[];
}

export interface CompiledManual extends Compiled {
  readonly source: ManualWindow;
}

export type CompiledWindow =
  | CompiledDeadline
  | CompiledAbsence
  | CompiledCount
  | CompiledSequence
  | CompiledOrder
  | CompiledSameActor
  | CompiledCondition
  | CompiledManual;

/** One version of a rule, ready to evaluate. */
export interface CompiledRule {
  readonly source: RuleSource;
  readonly id: string;
  readonly version: number;
  /** Anchors dated within [from, to] are judged by this version. */
  readonly effectiveFrom: Day;
  readonly effectiveTo: Day | null;
  readonly windows: readonly CompiledWindow[];
}
