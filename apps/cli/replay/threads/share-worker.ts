import { buildCalendar } from '#core/calendar/build-calendar.js';
import { targetOf } from '#core/event/correction-chains.js';
import type { Event } from '#core/event/event.js';
import { compileRulebook, type Rulebook } from '#core/rule/compile.js';
import { PredicateCompiler } from '#core/rule/predicate.js';
import { CaseSpill } from '../../log/case-spill.js';
import { type CaseEvents, groupByCase, MAX_IN_MEMORY } from '../../log/external-sort.js';
import { keyOf } from '../../log/moved-chains.js';
import type { LineBlock } from '../../log/native-lines.js';
import { RunMerge } from '../../log/run-merge.js';
import { linesOfCase } from '../finding-line.js';
import { Intake } from '../intake.js';
import { type Asked, judgeCase, lawsOf } from '../judge-case.js';
import { NativeReader } from '../native-log.js';
import type {
  BlockRead,
  CasesJudged,
  ShareRequests,
  ShareSettings,
  ShareToJudge,
} from './share-requests.js';

/** An answer to `next` is given after so many events, or so much text. */
const EVENTS_AT_ONCE = 1_000;
const CHARS_AT_ONCE = 1 << 18;

/** What one thread of a replay does: reads blocks of any cases, then judges the cases of its own share. */
export class ShareWorker implements ShareRequests {
  private readonly reader: NativeReader;
  private readonly intake: Intake;
  private readonly spill: CaseSpill;
  private rejected = 0;
  private cases: Iterator<CaseEvents> | null = null;
  private asked: Asked | null = null;

  constructor(private readonly settings: ShareSettings) {
    const { file, city, skipRejected, knownAt, shares, share, folder } = settings;
    const onRejected = () => {
      this.rejected += 1;
    };
    this.reader = new NativeReader(file, skipRejected ? { city, onRejected } : { city });
    this.intake = new Intake(knownAt);
    this.spill = new CaseSpill({
      maxInMemory: MAX_IN_MEMORY,
      shares,
      folder: () => folder,
      name: `run-${share}`,
    });
  }

  read(block: LineBlock): BlockRead {
    const rejectedBefore = this.rejected;
    const corrections: Event[] = [];
    let events = 0;
    for (const event of this.reader.eventsIn(block)) {
      events += 1;
      if (!this.intake.isOfCase(event)) continue;
      if (targetOf(event) !== null) corrections.push(event);
      this.spill.add(event);
    }
    const { last, references } = this.intake;
    this.intake.references = [];
    return { events, rejected: this.rejected - rejectedBefore, last, references, corrections };
  }

  seal(): readonly (readonly string[])[] {
    return this.spill.seal();
  }

  collect(keys: ReadonlySet<string>): readonly Event[] {
    return [...this.spill.read()].filter((event) => keys.has(keyOf(event)));
  }

  judge({ runs, moved, references, asOf }: ShareToJudge): null {
    const { city, calendar, knownAt, history } = this.settings;
    const laws = lawsOf(
      {
        rulebook: this.compiled(),
        calendar: calendar === null ? null : buildCalendar(calendar),
        knownAt,
        references: city,
      },
      references,
    );
    this.asked = { laws, asOf, knownAt, history };
    this.cases = groupByCase(new RunMerge(runs), moved)[Symbol.iterator]();
    return null;
  }

  next(): CasesJudged {
    const { cases, asked } = this;
    if (cases === null || asked === null) throw new Error('nothing is being judged');
    const printed: string[] = [];
    let events = 0;
    let chars = 0;
    while (events < EVENTS_AT_ONCE && chars < CHARS_AT_ONCE) {
      const one = cases.next();
      if (one.done === true) return { printed, events, done: true };
      events += one.value.events.length;
      const text = linesOfCase(judgeCase(one.value, asked), asked.history);
      if (text === '') continue;
      printed.push(one.value.caseId, text);
      chars += text.length;
    }
    return { printed, events, done: false };
  }

  private compiled(): Rulebook {
    const { sources, vocabulary } = this.settings.rules;
    const outcome = compileRulebook(sources, vocabulary, new PredicateCompiler(vocabulary, true));
    if (outcome.ok) return outcome.rulebook;
    throw new Error(`rules that were read do not compile: ${JSON.stringify(outcome.problems)}`);
  }
}
