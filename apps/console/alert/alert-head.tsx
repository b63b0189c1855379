import { Button } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { numberOf } from '../alerts/alert-table.js';
import { DataText } from '../parts/data-text.js';
import { LevelTag } from '../parts/level-tag.js';
import type { AlertDetail } from './use-alert.js';

/** Level, number, item, status, and what is asked by when. */
export function AlertHead({ detail }: { readonly detail: AlertDetail }) {
  const { alert } = detail;
  return (
    <header className="alert-head">
      <p className="alert-line">
        <LevelTag level={alert.level} text={alert.levelText} />
        <span className={`state state-${alert.state}`} data-part="state">
          {alert.stateText}
        </span>
        <CopyNumber alertId={alert.alertId} />
        {alert.dueOn !== null && <span className="alert-due">{alert.dueText}</span>}
      </p>
      <h1>
        {alert.ruleName}
        <span>
          {' · '}
          <DataText text={alert.itemName ?? alert.itemCode ?? alert.caseId} />
        </span>
      </h1>
      <p className="soft">
        <DataText text={alert.recipientName} /> ·{' '}
        <Link to={`/cases/${encodeURIComponent(alert.caseId)}`}>
          <DataText text={alert.caseId} />
        </Link>{' '}
        · {detail.disclaimer}
      </p>
    </header>
  );
}

/** The number, short; the whole goes to the clipboard, or is shown where the browser has none. */
function CopyNumber({ alertId }: { readonly alertId: string }) {
  const { t } = useTranslation();
  const [told, setTold] = useState('');
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(alertId);
      setTold(t('alert.copied'));
    } catch {
      setTold(alertId);
    }
  };
  return (
    <span className="alert-number">
      <code title={alertId}>{numberOf(alertId)}</code>
      <Button size="small" onClick={() => void copy()}>
        {t('alert.copy')}
      </Button>
      <span role="status">{told}</span>
    </span>
  );
}
