import { useTranslation } from 'react-i18next';
import type { Schemas } from '../api/client.js';
import { DataText, langOf } from '../parts/data-text.js';
import { Time } from '../parts/instant.js';
import { isEnteredLate, isReceivedLate } from '../ruler/ruler-marks.js';

type CaseEvent = Schemas['EventDto'];
type Person = Schemas['PersonDto'];

/** One event with its three times, who, its digest and its own fields; `no` is the number of its pin. */
export function EventEntry({ no, event }: { readonly no: number; readonly event: CaseEvent }) {
  const { t } = useTranslation();
  return (
    <>
      <header className="event-head">
        <span className="event-no" aria-hidden="true">
          {no}
        </span>
        <h3>{event.typeText}</h3>
        {!event.effective && <span className="event-mark">{t('case.event.replaced')}</span>}
        {event.dataVersion > 1 && (
          <span className="event-mark">
            {t('case.event.version', { version: event.dataVersion })}
          </span>
        )}
        {event.isTest && <span className="event-mark">{t('case.event.test')}</span>}
      </header>
      <Times event={event} />
      <p className="event-who">
        <Who label={t('case.event.operator')} person={event.operator} />
        <Who label={t('case.event.responsible')} person={event.responsible} />
        {event.docNo !== null && (
          <span>
            <i>{t('case.event.doc')}</i> <DataText text={event.docNo} />
          </span>
        )}
      </p>
      <p className="event-digest">
        <i>{t('case.event.digest')}</i> <code>{event.rawDigest}</code>
      </p>
      {event.correctionOf !== null && (
        <p className="event-correction" lang={langOf(event.correctionReason ?? '')}>
          {t('case.event.correction', {
            id: event.correctionOf.id,
            reason: event.correctionReason ?? '—',
          })}
        </p>
      )}
      <Fields event={event} />
    </>
  );
}

/** Occurred, recorded, received: apart, with words where the later ones lie far behind. */
function Times({ event }: { readonly event: CaseEvent }) {
  const { t } = useTranslation();
  return (
    <dl className="event-times">
      <div>
        <dt>{t('case.event.occurred')}</dt>
        <dd>
          {event.precision === 'day' ? (
            <>
              <Time at={event.occurredAt} /> <small>{t('case.event.day-only')}</small>
            </>
          ) : (
            <Time at={event.occurredAt} />
          )}
        </dd>
      </div>
      <div>
        <dt>{t('case.event.recorded')}</dt>
        <dd>
          <Time at={event.recordedAt} />
          {isEnteredLate(event) && <b className="event-late">{t('case.event.entered-late')}</b>}
        </dd>
      </div>
      <div>
        <dt>{t('case.event.received')}</dt>
        <dd>
          <Time at={event.receivedAt} />
          {isReceivedLate(event) && <b className="event-late">{t('case.event.received-late')}</b>}
        </dd>
      </div>
    </dl>
  );
}

function Who({ label, person }: { readonly label: string; readonly person: Person | null }) {
  if (person === null) return null;
  const parts = [person.name, person.staffNo, person.post, person.unitCode];
  return (
    <span>
      <i>{label}</i>{' '}
      <DataText text={parts.filter((part) => part !== null && part !== '').join(' · ')} />
    </span>
  );
}

/** Own fields of the event's type, masked by the server. */
function Fields({ event }: { readonly event: CaseEvent }) {
  const { t } = useTranslation();
  const fields = Object.entries(event.data).filter(([, value]) => value !== null);
  return (
    <details className="event-fields">
      <summary>{t('case.event.fields', { number: fields.length })}</summary>
      <dl className="event-facts">
        {fields.map(([name, value]) => (
          <div key={name}>
            <dt>
              <code>{name}</code>
            </dt>
            <dd lang={langOf(JSON.stringify(value))}>
              {typeof value === 'string' ? value : <code>{JSON.stringify(value)}</code>}
            </dd>
          </div>
        ))}
      </dl>
      <p className="event-place">
        <i>{t('case.event.source')}</i> <DataText text={`${event.source} · ${event.id}`} />{' '}
        <i>{t('case.event.place')}</i> <code>{event.place}</code>
      </p>
    </details>
  );
}
