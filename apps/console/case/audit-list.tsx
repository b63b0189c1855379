import { useTranslation } from 'react-i18next';
import type { Schemas } from '../api/client.js';
import { langOf } from '../parts/data-text.js';
import { Time } from '../parts/instant.js';

type AuditRecord = Schemas['AuditRecordDto'];

/** The audit record of each step: number in its chain, leaf hash, the hash before it, and the text that was hashed. */
export function AuditList({ records }: { readonly records: readonly AuditRecord[] }) {
  const { t } = useTranslation();
  if (records.length === 0) return <p className="soft">{t('case.audit.none')}</p>;
  return (
    <ol className="audit">
      {records.map((record) => (
        <li key={record.id}>
          <p className="audit-head">
            <b>{record.action}</b>
            <span>
              {record.entitySeq === null
                ? ''
                : t('case.audit.number', { number: record.entitySeq })}
            </span>
            <Time at={record.time} />
            <span lang={langOf(record.actor)}>{record.actor}</span>
          </p>
          <dl className="event-facts">
            <div>
              <dt>{t('case.audit.hash')}</dt>
              <dd>
                <code>{record.leafHash}</code>
              </dd>
            </div>
            <div>
              <dt>{t('case.audit.previous')}</dt>
              <dd>
                <code>{record.prev ?? t('case.audit.first')}</code>
              </dd>
            </div>
          </dl>
          <details>
            <summary>{t('case.audit.text')}</summary>
            {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must be reached by keyboard */}
            <section className="audit-text" tabIndex={0} aria-label={t('case.audit.text')}>
              <pre lang={langOf(record.leaf)}>{record.leaf}</pre>
            </section>
          </details>
        </li>
      ))}
    </ol>
  );
}
