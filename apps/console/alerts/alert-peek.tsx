import { Drawer } from 'antd';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { DataText } from '../parts/data-text.js';
import { Time } from '../parts/instant.js';
import { LevelTag } from '../parts/level-tag.js';
import { numberOf } from './alert-table.js';
import type { AlertRow } from './use-inbox.js';

/** The selected alert beside the list: enough to decide whether to open it. */
export function AlertPeek({
  alert,
  link,
  onClose,
}: {
  readonly alert: AlertRow | null;
  readonly link: string;
  readonly onClose: () => void;
}) {
  const { t } = useTranslation();
  return (
    <Drawer
      open={alert !== null}
      onClose={onClose}
      mask={false}
      size={440}
      title={alert === null ? '' : numberOf(alert.alertId)}
    >
      {alert !== null && (
        <div className="peek">
          <p>
            <LevelTag level={alert.level} text={alert.levelText} />{' '}
            <span className={`state state-${alert.state}`}>{alert.stateText}</span>
          </p>
          <p className="peek-reason">{alert.reason}</p>
          <dl className="facts">
            <dt>{t('column.rule')}</dt>
            <dd>
              {alert.ruleName} <small>{`${alert.ruleId} v${alert.ruleVersion}`}</small>
            </dd>
            <dt>{t('column.unit')}</dt>
            <dd>
              <DataText text={alert.recipientName} />
            </dd>
            <dt>{t('column.case')}</dt>
            <dd>
              <DataText text={alert.itemName ?? alert.itemCode ?? '—'} />
              <br />
              <Link to={`/cases/${encodeURIComponent(alert.caseId)}`}>{alert.caseId}</Link>
            </dd>
            <dt>{t('fact.since')}</dt>
            <dd>
              <Time at={alert.since} />
            </dd>
            <dt>{t('fact.first')}</dt>
            <dd>
              <Time at={alert.firstAt} />
            </dd>
            <dt>{t('column.limit')}</dt>
            <dd>{alert.dueText}</dd>
          </dl>
          <Link className="peek-open" to={link}>
            {t('inbox.open')}
          </Link>
        </div>
      )}
    </Drawer>
  );
}
