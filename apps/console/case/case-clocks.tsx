import { Button } from 'antd';
import type { TFunction } from 'i18next';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { useSearchParams } from 'react-router';
import type { Schemas } from '../api/client.js';
import { localTime } from '../parts/instant.js';
import { dateOf } from '../ruler/local-day.js';
import { Ruler } from '../ruler/ruler.js';
import {
  extensionLines,
  lineAt,
  type Numbered,
  pausesOf,
  pinsOf,
  stepsOf,
} from '../ruler/ruler-marks.js';
import type { Line, Marks } from '../ruler/ruler-types.js';
import type { useRulerAddress } from '../ruler/use-ruler-address.js';

type CaseDetail = Schemas['CaseDto'];
type CaseClock = Schemas['CaseClockDto'];

const ALL = 'all';

interface Named {
  readonly key: string;
  readonly clock: CaseClock;
}

/** Names of clocks in addresses: a case has one clock of each name, but one for each step entered. */
function named(clocks: readonly CaseClock[]): Named[] {
  return clocks.map((clock, index) => ({
    key: clock.name === 'step' ? `step-${index}` : clock.name,
    clock,
  }));
}

/** The clock that a reader most likely asks for: one that is late, else one that runs, else one that ran. */
function usual(clocks: readonly Named[]): string {
  const by = (test: (clock: CaseClock) => boolean) => clocks.find(({ clock }) => test(clock))?.key;
  return (
    by(({ late, days }) => late && days.length > 0) ??
    by(({ state, days }) => state === 'running' && days.length > 0) ??
    by(({ days, name }) => days.length > 0 && name === 'statutory') ??
    by(({ days }) => days.length > 0) ??
    ALL
  );
}

export interface ClocksProps {
  readonly found: CaseDetail;
  readonly events: readonly Numbered[];
  readonly address: ReturnType<typeof useRulerAddress>;
}

/** The clocks of a case, one at a time or all under one another; they run side by side and are never merged. */
export function CaseClocks(props: ClocksProps) {
  const { t } = useTranslation();
  const [address, setAddress] = useSearchParams();
  const clocks = named(props.found.clocks);
  const asked = address.get('clock') ?? '';
  const chosen = asked === ALL || clocks.some(({ key }) => key === asked) ? asked : usual(clocks);
  const choose = (key: string) =>
    setAddress(
      (now) => {
        const next = new URLSearchParams(now);
        next.set('clock', key);
        return next;
      },
      { replace: true, preventScrollReset: true },
    );
  const shown = chosen === ALL ? clocks : clocks.filter(({ key }) => key === chosen);
  return (
    <>
      {/* biome-ignore lint/a11y/useSemanticElements: a row of buttons, not a form */}
      <div role="group" aria-label={t('case.clocks.choose')} className="clock-choice">
        {clocks.map(({ key, clock }) => (
          <Button
            key={key}
            size="small"
            type={key === chosen ? 'primary' : 'default'}
            aria-pressed={key === chosen}
            onClick={() => choose(key)}
          >
            {titleOf(clock)} · {stateOf(t, clock)}
          </Button>
        ))}
        <Button
          size="small"
          type={chosen === ALL ? 'primary' : 'default'}
          aria-pressed={chosen === ALL}
          onClick={() => choose(ALL)}
        >
          {t('case.clocks.all')}
        </Button>
      </div>
      {shown.map(({ key, clock }) => (
        <Clock key={key} name={key} clock={clock} {...props} />
      ))}
    </>
  );
}

function titleOf({ nameText, stepCode }: CaseClock): string {
  return stepCode === null ? nameText : `${nameText} ${stepCode}`;
}

function stateOf(t: TFunction, { state, late }: CaseClock): string {
  return t(`case.clocks.${state}${late ? '-late' : ''}`);
}

function Clock({
  name,
  clock,
  found,
  events,
  address,
}: ClocksProps & { readonly name: string; readonly clock: CaseClock }) {
  const { t } = useTranslation();
  const marks = useClockMarks(clock, found, events);
  return (
    <section className="clock" aria-label={titleOf(clock)} data-clock={name}>
      <h3>
        {titleOf(clock)}{' '}
        <span className={clock.late ? 'clock-late' : 'soft'}>{stateOf(t, clock)}</span>
      </h3>
      {clock.state !== 'none' && <p className="clock-text">{clock.text}</p>}
      <Ruler
        label={titleOf(clock)}
        anchor={`day-${name}`}
        days={clock.days}
        missing={clock.unit === 'H' ? t('ruler.missing.hours') : clock.text}
        marks={marks}
        view={address.view}
        onView={address.onView}
        points={address.points}
        onPoints={address.onPoints}
      />
      {clock.cut && <p className="told">{t('case.clocks.cut')}</p>}
    </section>
  );
}

function useClockMarks(clock: CaseClock, found: CaseDetail, events: readonly Numbered[]): Marks {
  const { t } = useTranslation();
  return useMemo(() => {
    const decides = clock.name === 'promised' || clock.name === 'statutory';
    const { lastOn, endedOn } = clock;
    const lines: Line[] = decides
      ? extensionLines(found.timeline, (on) => t('ruler.line.extension', { on }))
      : [];
    if (lastOn !== null)
      lines.push({
        kind: 'deadline',
        date: lastOn,
        part: 1,
        text: t('ruler.line.deadline', { on: lastOn }),
      });
    if (endedOn !== null)
      lines.push({
        kind: 'ended',
        date: endedOn,
        part: 1,
        text: t('ruler.line.ended', { on: endedOn }),
      });
    lines.push(lineAt('as-of', found.asOf, t('ruler.line.as-of', { at: localTime(found.asOf) })));
    return {
      pins: pinsOf(
        events.filter(({ event }) => event.effective),
        (no) => `#event-${no}`,
      ),
      steps: stepsOf(found.timeline),
      lines,
      pauses: decides ? pausesOf(found.timeline) : [],
      lastOn,
      asOfOn: dateOf(found.asOf),
      endedOn,
    };
  }, [t, clock, found, events]);
}
