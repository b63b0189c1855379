import { useTranslation } from 'react-i18next';
import type { Layout, Pin } from './ruler-types.js';

/** Marks of days that the list does not have: said, not left out. */
export function RulerOutside({ layout }: { readonly layout: Layout }) {
  const { t } = useTranslation();
  const { before, after, linesOutside } = layout;
  if (before.length + after.length + linesOutside.length === 0) return null;
  return (
    <ul className="ruler-outside">
      {before.length > 0 && (
        <li>
          {t('ruler.before')} <Pins pins={before} />
        </li>
      )}
      {after.length > 0 && (
        <li>
          {t('ruler.after')} <Pins pins={after} />
        </li>
      )}
      {linesOutside.map(({ kind, date, text }) => (
        <li key={`${kind} ${date}`}>{t('ruler.line-outside', { text })}</li>
      ))}
    </ul>
  );
}

/** Pins listed one by one at most; more of them are folded. */
const MOST = 4;

function Pins({ pins }: { readonly pins: readonly Pin[] }) {
  const { t } = useTranslation();
  const links = pins.map((pin) => (
    <a key={pin.key} href={pin.href}>
      {t('ruler.pin', { no: pin.no, text: pin.text, date: pin.date })}
    </a>
  ));
  if (pins.length <= MOST) return <>{links}</>;
  return (
    <details>
      <summary>{t('ruler.events', { number: pins.length })}</summary>
      {links}
    </details>
  );
}
