import { useTranslation } from 'react-i18next';
import type { Layout, LineKind, StopLook } from './ruler-types.js';

/** What the signs of this drawing mean: only those that it has. */
export function RulerLegend({
  layout,
  hatch,
}: {
  readonly layout: Layout;
  readonly hatch: { readonly told: string; readonly untold: string };
}) {
  const { t } = useTranslation();
  const seen = signsOf(layout);
  return (
    <ul className="ruler-legend" aria-label={t('ruler.legend')}>
      {seen.map((sign) => (
        <li key={sign}>
          <Swatch sign={sign} hatch={hatch} />
          <span>{t(`ruler.legend.${sign}`)}</span>
        </li>
      ))}
    </ul>
  );
}

function signsOf(layout: Layout): string[] {
  const signs = new Set<string>(['workday']);
  for (const row of layout.rows) {
    for (const slot of row.slots) {
      if (slot.type === 'fold') continue;
      const { day, look } = slot;
      if (day.kind !== 'workday') signs.add(day.kind);
      if (look.stop !== null) signs.add(look.stop);
      if (look.over) signs.add('over');
      if (look.ahead) signs.add('ahead');
      if (day.provisional) signs.add('provisional');
    }
    if (row.steps.length > 0) signs.add('step');
    if (row.pins.length > 0) signs.add('pin');
    if (row.late.length > 0) signs.add('late');
    for (const { line } of row.lines) signs.add(line.kind);
  }
  return ORDER.filter((sign) => signs.has(sign));
}

const LINES: readonly LineKind[] = ['deadline', 'extension', 'trigger', 'ended', 'as-of'];
const STOPS: readonly StopLook[] = ['told', 'untold', 'outage', 'not-stopping'];
const ORDER: readonly string[] = [
  ...['workday', 'make-up', 'weekend', 'holiday'],
  ...STOPS,
  ...['over', 'ahead', 'provisional', 'step', 'pin', 'late'],
  ...LINES,
];

function Swatch({
  sign,
  hatch,
}: {
  readonly sign: string;
  readonly hatch: { readonly told: string; readonly untold: string };
}) {
  return (
    <svg width="22" height="20" aria-hidden="true" className="ruler-swatch">
      <Shape sign={sign} hatch={hatch} />
    </svg>
  );
}

function Shape({ sign, hatch }: Parameters<typeof Swatch>[0]) {
  const box = { x: 1, y: 1, width: 20, height: 18, rx: 3 };
  if ((LINES as readonly string[]).includes(sign))
    return <path className={`ruler-line line-${sign}`} d="M11 0V20" />;
  if ((STOPS as readonly string[]).includes(sign))
    return (
      <>
        <rect className="ruler-day kind-workday" {...box} />
        <rect className="ruler-hatch" {...box} fill={sign === 'told' ? hatch.told : hatch.untold} />
      </>
    );
  if (sign === 'pin') return <circle className="ruler-pin-mark" cx={11} cy={10} r={8} />;
  if (sign === 'late') return <path className="ruler-late-mark" d="M11 1L20 10L11 19L2 10Z" />;
  if (sign === 'step')
    return <rect className="ruler-step" x={1} y={4} width={20} height={12} rx={2} />;
  if (sign === 'over')
    return (
      <>
        <rect className="ruler-day kind-workday is-over" {...box} />
        <path className="ruler-teeth" d="M1 19L4 12L7 19L11 12L14 19L18 12L21 19Z" />
      </>
    );
  if (sign === 'ahead') return <rect className="ruler-day kind-workday is-ahead" {...box} />;
  if (sign === 'provisional')
    return <rect className="ruler-day kind-workday is-provisional" {...box} />;
  const low = sign === 'weekend' || sign === 'holiday';
  return (
    <rect className={`ruler-day kind-${sign}`} {...box} {...(low ? { y: 7, height: 12 } : {})} />
  );
}
