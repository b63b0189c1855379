import { useTranslation } from 'react-i18next';
import { EventEntry } from '../case/event-entry.js';
import { standing } from './arithmetic.js';
import { Section } from './section.js';
import type { AlertDetail } from './use-alert.js';

/** The events that the alert rests on, numbered as on the ruler, each with the versions that are kept of it. */
export function EvidenceSection({ detail }: { readonly detail: AlertDetail }) {
  const { t } = useTranslation();
  return (
    <Section no={3}>
      {detail.erased && <p className="told">{t('alert.evidence.erased')}</p>}
      {detail.evidence.length === 0 && <p className="soft">{t('alert.evidence.none')}</p>}
      <ol className="events">
        {detail.evidence.map(({ source, id, versions }, index) => {
          const event = standing(versions);
          const others = versions.filter((version) => version !== event);
          return (
            <li
              key={`${source} ${id}`}
              id={`event-${index + 1}`}
              data-event={`${source}/${id}`}
              tabIndex={-1}
              className="event"
            >
              {event === null ? (
                <p>
                  <span className="event-no">{index + 1}</span> {`${source} · ${id}`}{' '}
                  <span className="soft">{t('alert.evidence.gone')}</span>
                </p>
              ) : (
                <EventEntry no={index + 1} event={event} />
              )}
              {others.length > 0 && (
                <details className="event-fields">
                  <summary>{t('alert.evidence.versions', { number: others.length })}</summary>
                  {others.map((version) => (
                    <div key={version.rawDigest} className="event event-old">
                      <EventEntry no={index + 1} event={version} />
                    </div>
                  ))}
                </details>
              )}
            </li>
          );
        })}
      </ol>
      <dl className="event-facts inputs">
        <div>
          <dt>{t('alert.evidence.inputs')}</dt>
          <dd>
            <code>{detail.inputsDigest}</code>
          </dd>
        </div>
        <div>
          <dt>{t('alert.evidence.calendar')}</dt>
          <dd>
            <code>{detail.calendarVersion}</code>
          </dd>
        </div>
        {detail.referenceVersions.length > 0 && (
          <div>
            <dt>{t('alert.evidence.references')}</dt>
            <dd>
              <code>{detail.referenceVersions.join(' ')}</code>
            </dd>
          </div>
        )}
      </dl>
    </Section>
  );
}
