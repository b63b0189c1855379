import { type ReactNode, useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { useNavigate, useParams } from 'react-router';
import { isDialogOpen } from '../alert/open-dialog.js';
import { type CaseDetail, useCase } from '../alert/use-alert.js';
import { useShortcuts } from '../frame/shortcuts.js';
import { useTitle } from '../frame/title.js';
import { Notices } from '../parts/banners.js';
import { goToSection, NumberedSection } from '../parts/numbered-section.js';
import { Failed, Loading } from '../parts/states.js';
import type { Numbered } from '../ruler/ruler-marks.js';
import { useRulerAddress } from '../ruler/use-ruler-address.js';
import { AuditList } from './audit-list.js';
import { CaseClocks } from './case-clocks.js';
import { CaseAside, CaseHead } from './case-head.js';
import { EventEntry } from './event-entry.js';
import { FindingHistory } from './finding-history.js';
import { RuleAnswers } from './rule-answers.js';
import { useCaseNews } from './use-case-news.js';
import '../alert/detail.css';
import './case.css';

/** One case 办件全程: its clocks, what happened, and why there is or is no alert. */
export function CasePage() {
  const { t } = useTranslation();
  const { caseId = '' } = useParams();
  const query = useCase(caseId);
  const { data } = query;
  const address = useRulerAddress();
  useTitle(`${t('case.title')} ${caseId}`);
  useCaseNews(data);
  useCaseKeys(address.toggle);
  if (query.isPending) return <Loading rows={12} />;
  if (data === undefined)
    return (
      <>
        <h1 className="unseen">{t('case.title')}</h1>
        <Failed error={query.error} onRetry={() => void query.refetch()} />
      </>
    );
  return (
    <>
      <Notices />
      <div className="detail">
        <div className="detail-main">
          <CaseHead found={data} />
          <Parts found={data} address={address} />
        </div>
        <CaseAside found={data} />
      </div>
    </>
  );
}

interface PartsProps {
  readonly found: CaseDetail;
  readonly address: ReturnType<typeof useRulerAddress>;
}

function Parts({ found, address }: PartsProps) {
  const { t } = useTranslation();
  const events = useMemo(
    (): Numbered[] => found.timeline.map((event, index) => ({ no: index + 1, event })),
    [found],
  );
  return (
    <>
      <Part no={1}>
        <CaseClocks found={found} events={events} address={address} />
      </Part>
      <Part no={2}>
        <RuleAnswers found={found} events={events} />
      </Part>
      <Part no={3}>
        {events.length === 0 && <p className="soft">{t('case.timeline.none')}</p>}
        <ol className="events">
          {events.map(({ no, event }) => (
            <li
              key={`${event.source} ${event.id} ${event.rawDigest}`}
              id={`event-${no}`}
              data-event={`${event.source}/${event.id}`}
              tabIndex={-1}
              className={event.effective ? 'event' : 'event event-replaced'}
            >
              <EventEntry no={no} event={event} />
            </li>
          ))}
        </ol>
      </Part>
      <Part no={4}>
        <FindingHistory changes={found.findingHistory} withRule />
      </Part>
      <Part no={5}>
        <details className="fold">
          <summary>{t('case.audit.show', { number: found.auditRecords.length })}</summary>
          <AuditList records={found.auditRecords} />
        </details>
      </Part>
    </>
  );
}

function Part({ no, children }: { readonly no: number; readonly children: ReactNode }) {
  const { t } = useTranslation();
  return (
    <NumberedSection no={no} title={t(`case.section.${no}`)}>
      {children}
    </NumberedSection>
  );
}

function useCaseKeys(toggle: () => void): void {
  const navigate = useNavigate();
  const leave = () => {
    if (isDialogOpen()) return;
    // The router numbers its entries: at the first there is nothing of ours to go back to.
    const { idx } = (history.state ?? {}) as { readonly idx?: number };
    if ((idx ?? 0) > 0) void navigate(-1);
    else void navigate('/cases');
  };
  useShortcuts({
    ...Object.fromEntries([1, 2, 3, 4, 5].map((no) => [String(no), () => goToSection(no)])),
    t: toggle,
    Escape: leave,
  });
}
