import { useTranslation } from 'react-i18next';
import type { Schemas } from '../api/client.js';
import { useSettings } from '../frame/settings.js';
import { DataText } from '../parts/data-text.js';
import { Section } from './section.js';
import { type AlertDetail, useChineseRule } from './use-alert.js';

type RuleText = Schemas['RuleTextDto'];

/** The rule at the version that applied, with its articles. In English the Chinese text stands first: it alone applies. */
export function RuleSection({ detail }: { readonly detail: AlertDetail }) {
  const { t } = useTranslation();
  const { language } = useSettings();
  const chinese = useChineseRule(detail.alert.alertId);
  const { rule } = detail;
  return (
    <Section no={4}>
      <p className="soft">
        <code>{rule.id}</code> {t('alert.rule.version', { version: rule.version })}
        {rule.effectiveFrom !== null &&
          ` · ${t('alert.rule.effective', { from: rule.effectiveFrom, to: rule.effectiveTo ?? t('alert.rule.open') })}`}
        {rule.points !== null && ` · ${t('alert.rule.points', { points: rule.points })}`}
      </p>
      {!rule.known && <p className="told">{rule.note}</p>}
      {language === 'en' && chinese.data !== undefined && <Text rule={chinese.data} lang="zh-CN" />}
      {language === 'en' && rule.known && <p className="reference">{t('alert.rule.reference')}</p>}
      <Text rule={rule} />
      <p className="soft">{t('alert.rule.at-the-time')}</p>
    </Section>
  );
}

function Text({ rule, lang }: { readonly rule: RuleText; readonly lang?: string }) {
  const { t } = useTranslation();
  if (!rule.known) return null;
  return (
    <div className="legal" lang={lang}>
      <h3>{rule.name}</h3>
      <p>{rule.text}</p>
      {rule.basis.length > 0 && (
        <ul>
          {rule.basis.map(({ law, article, local }) => (
            <li key={`${law} ${article}`}>
              <DataText text={law} />{' '}
              <b>
                <DataText text={article} />
              </b>
              {local && (
                <span className="event-mark">
                  {t('alert.rule.local', lang === undefined ? {} : { lng: 'zh' })}
                </span>
              )}
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

/** What would have lifted the alert, was looked at, and did not hold. */
export function ExceptionSection({ detail }: { readonly detail: AlertDetail }) {
  const { t } = useTranslation();
  return (
    <Section no={5}>
      {detail.exceptions.length === 0 ? (
        <p className="soft">{t('alert.exceptions.none')}</p>
      ) : (
        <ul className="exceptions">
          {detail.exceptions.map(({ code, by, text, result }) => (
            <li key={`${code} ${by}`} className={`by-${by}`}>
              <code>{code}</code>
              <div>
                <p>{text}</p>
                <p className="soft">
                  <span aria-hidden="true">{by === 'person' ? '?' : '×'}</span> {result}
                </p>
              </div>
            </li>
          ))}
        </ul>
      )}
    </Section>
  );
}
