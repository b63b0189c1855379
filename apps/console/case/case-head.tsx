import { Alert } from 'antd';
import { useTranslation } from 'react-i18next';
import type { Schemas } from '../api/client.js';
import { DataText, langOf } from '../parts/data-text.js';
import { Time } from '../parts/instant.js';

type CaseDetail = Schemas['CaseDto'];

/** Which case, whose, whether it is open, and the instant that everything on the page speaks of. */
export function CaseHead({ found }: { readonly found: CaseDetail }) {
  const { t } = useTranslation();
  return (
    <>
      {found.erased && <Alert type="warning" showIcon title={t('case.erased')} />}
      <header className="alert-head">
        <p className="alert-line">
          <span className={`case-state is-${found.openState}`}>{t(`case.${found.openState}`)}</span>
          <code lang={langOf(found.caseId)}>{found.caseId}</code>
          {found.isTest && <span className="event-mark">{t('case.event.test')}</span>}
        </p>
        <h1>
          <DataText text={found.itemName ?? found.itemCode ?? found.caseId} />
        </h1>
        <p className="soft">
          <DataText
            text={[found.agencyName, found.regionName].filter((name) => name !== '').join(' · ')}
          />{' '}
          · {t('case.as-of')} <Time at={found.asOf} />
        </p>
      </header>
    </>
  );
}

/** Beside the page: what the case is, and through when its sources were evaluated. */
export function CaseAside({ found }: { readonly found: CaseDetail }) {
  const { t } = useTranslation();
  return (
    <aside className="aside" aria-label={t('case.aside')}>
      <section className="card">
        <h2>{t('case.facts')}</h2>
        <dl className="facts">
          <dt>{t('column.unit')}</dt>
          <dd>
            <DataText text={found.agencyName} />
            <small>{found.agencyCode}</small>
          </dd>
          <dt>{t('case.region')}</dt>
          <dd>
            <DataText text={found.regionName} />
            <small>{found.regionCode}</small>
          </dd>
          {found.handlingRegionCode !== null && (
            <>
              <dt>{t('case.handling-region')}</dt>
              <dd>{found.handlingRegionCode}</dd>
            </>
          )}
          <dt>{t('case.item')}</dt>
          <dd>
            <DataText text={found.itemName ?? '—'} />
            <small>{found.itemCode}</small>
          </dd>
          <dt>{t('case.version')}</dt>
          <dd>{found.version}</dd>
        </dl>
      </section>
      <section className="card">
        <h2>{t('alert.aside.coverage')}</h2>
        <p>{found.coverageText}</p>
        <dl className="facts">
          {found.coverage.map(({ source, evaluatedThrough }) => (
            <div key={source} className="coverage-line">
              <dt>
                <DataText text={source} />
              </dt>
              <dd>
                {evaluatedThrough === null ? t('case.never-heard') : <Time at={evaluatedThrough} />}
              </dd>
            </div>
          ))}
        </dl>
      </section>
    </aside>
  );
}
