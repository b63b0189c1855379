import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { useNavigate, useParams } from 'react-router';
import { numberOf } from '../alerts/alert-table.js';
import { useShortcuts } from '../frame/shortcuts.js';
import { useTitle } from '../frame/title.js';
import { Notices } from '../parts/banners.js';
import { goToSection } from '../parts/numbered-section.js';
import { Failed, Loading } from '../parts/states.js';
import { dateOf } from '../ruler/local-day.js';
import type { Numbered } from '../ruler/ruler-marks.js';
import { useRulerAddress } from '../ruler/use-ruler-address.js';
import { AlertAside } from './alert-aside.js';
import { ChangeBar, StateBanner } from './alert-banners.js';
import { AlertHead } from './alert-head.js';
import { AlertRuler } from './alert-ruler.js';
import { arithmeticOf, standing } from './arithmetic.js';
import { EvidenceSection } from './evidence-section.js';
import { HistorySection } from './history-section.js';
import { isDialogOpen } from './open-dialog.js';
import { Reason } from './reason.js';
import { ExceptionSection, RuleSection } from './rule-section.js';
import { Section } from './section.js';
import {
  type AlertDetail,
  type CaseDetail,
  useAlert,
  useCase,
  useChangesSeen,
} from './use-alert.js';
import { type Neighbours, useNeighbours } from './use-neighbours.js';
import './detail.css';

/** One alert 预警详情: why, the days, the evidence, the rule, what did not apply, and what became of it. */
export function AlertPage() {
  const { t } = useTranslation();
  const { alertId = '' } = useParams();
  const detail = useAlert(alertId);
  const { data } = detail;
  const found = useCase(data?.alert.caseId ?? null);
  const neighbours = useNeighbours(alertId);
  const address = useRulerAddress();
  const { changes, dismiss } = useChangesSeen(data);
  useTitle(`${data?.alert.levelText ?? ''} ${numberOf(alertId)}`.trim());
  useAlertKeys({ caseId: data?.alert.caseId ?? null, neighbours, toggle: address.toggle });
  if (detail.isPending) return <Loading rows={12} />;
  if (data === undefined)
    return (
      <>
        <h1 className="unseen">{t('alert.title')}</h1>
        <Failed error={detail.error} onRetry={() => void detail.refetch()} />
      </>
    );
  return (
    <>
      <Notices />
      <ChangeBar changes={changes} onDismiss={dismiss} />
      <StateBanner detail={data} />
      <div className="detail">
        <div className="detail-main">
          <AlertHead detail={data} />
          <Body
            detail={data}
            case={found.data ?? null}
            isWaiting={found.isLoading}
            address={address}
          />
        </div>
        <AlertAside detail={data} case={found.data ?? null} neighbours={neighbours} />
      </div>
    </>
  );
}

interface BodyProps {
  readonly detail: AlertDetail;
  readonly case: CaseDetail | null;
  /** The case is on its way: the ruler is drawn once, with it. */
  readonly isWaiting: boolean;
  readonly address: ReturnType<typeof useRulerAddress>;
}

function Body({ detail, case: found, isWaiting, address }: BodyProps) {
  const evidence = useMemo(
    (): Numbered[] =>
      detail.evidence.flatMap(({ versions }, index) => {
        const event = standing(versions);
        return event === null ? [] : [{ no: index + 1, event }];
      }),
    [detail],
  );
  const ground = {
    explanation: detail.explanation,
    evidence: evidence.map(({ no, event }) => ({ no, date: dateOf(event.occurredAt) })),
    days: arithmeticOf(detail.explanation).days ?? [],
  };
  return (
    <>
      <Section no={1}>
        <Reason reason={detail.alert.reason} ground={ground} />
      </Section>
      <Section no={2}>
        {isWaiting ? (
          <Loading rows={4} />
        ) : (
          <AlertRuler detail={detail} case={found} evidence={evidence} address={address} />
        )}
      </Section>
      <EvidenceSection detail={detail} />
      <RuleSection detail={detail} />
      <ExceptionSection detail={detail} />
      <HistorySection detail={detail} />
    </>
  );
}

interface Keys {
  readonly caseId: string | null;
  readonly neighbours: Neighbours;
  readonly toggle: () => void;
}

function useAlertKeys({ caseId, neighbours, toggle }: Keys): void {
  const navigate = useNavigate();
  const go = (to: string | null) => {
    if (to !== null && !isDialogOpen()) navigate(to);
  };
  const leave = () => go(neighbours.back);
  const sections = Object.fromEntries(
    [1, 2, 3, 4, 5, 6].map((no) => [String(no), () => goToSection(no)]),
  );
  useShortcuts({
    ...sections,
    '[': () => go(neighbours.previous),
    ']': () => go(neighbours.next),
    c: () => go(caseId === null ? null : `/cases/${encodeURIComponent(caseId)}`),
    t: toggle,
    Escape: leave,
  });
}
