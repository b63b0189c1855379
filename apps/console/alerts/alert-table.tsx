import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { DataText, langOf } from '../parts/data-text.js';
import { Time } from '../parts/instant.js';
import { LevelTag } from '../parts/level-tag.js';
import { isOnLink } from '../parts/row-click.js';
import { TableRoom } from '../parts/table-room.js';
import type { AlertRow } from './use-inbox.js';

/** Short form of an alert's number; the whole is on its page and can be copied there. */
export function numberOf(alertId: string): string {
  return `YJ-${alertId.slice(0, 10)}`;
}

export interface AlertTableProps {
  readonly rows: readonly AlertRow[];
  /** Alerts that changed while they were shown. */
  readonly moved: ReadonlySet<string>;
  readonly row: string;
  readonly onRow: (alertId: string) => void;
  readonly onPeek: (alertId: string) => void;
  /** Address of an alert's page, which leads back to this list. */
  readonly linkOf: (alertId: string) => string;
}

const COLUMNS = ['level', 'number', 'unit', 'case', 'rule', 'reason', 'limit', 'state'] as const;

export function AlertTable(props: AlertTableProps) {
  const { t } = useTranslation();
  const { rows, row } = props;
  const body = useRef<HTMLTableSectionElement>(null);
  useEffect(() => {
    if (row === '') return;
    body.current
      ?.querySelector(`[data-alert="${CSS.escape(row)}"]`)
      ?.scrollIntoView({ block: 'nearest' });
  }, [row]);
  return (
    <TableRoom label={t('inbox.caption', { count: rows.length })}>
      <table className="alerts">
        <caption className="unseen">{t('inbox.caption', { count: rows.length })}</caption>
        <thead>
          <tr>
            {COLUMNS.map((name) => (
              <th key={name} scope="col" className={`col-${name}`}>
                {t(`column.${name}`)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody ref={body}>
          {rows.map((alert) => (
            <Row key={alert.alertId} alert={alert} {...props} />
          ))}
        </tbody>
      </table>
    </TableRoom>
  );
}

function Row({
  alert,
  moved,
  row,
  onRow,
  onPeek,
  linkOf,
}: AlertTableProps & { readonly alert: AlertRow }) {
  const { t } = useTranslation();
  const { alertId } = alert;
  const classes = [
    alert.retracted ? 'is-retracted' : '',
    alert.held ? 'is-held' : '',
    moved.has(alertId) ? 'is-moved' : '',
  ];
  return (
    // Keys do the same for the whole list (j, k, Space); the row is a larger target for the pointer only.
    <tr
      data-alert={alertId}
      aria-current={alertId === row ? 'true' : undefined}
      className={classes.join(' ')}
      onClick={(event) => !isOnLink(event) && onRow(alertId)}
      onDoubleClick={() => onPeek(alertId)}
    >
      <td>
        <LevelTag level={alert.level} text={alert.levelText} />
      </td>
      <td className="cell-number">
        <Link to={linkOf(alertId)}>{numberOf(alertId)}</Link>
        <Time at={alert.firstAt} />
      </td>
      <td>
        <DataText text={alert.recipientName} />
        {alert.regionName !== '' && (
          <small lang={langOf(alert.regionName)}>{alert.regionName}</small>
        )}
      </td>
      <td className="cell-case">
        <DataText text={alert.itemName ?? alert.itemCode ?? '—'} />
        <small lang={langOf(alert.caseId)}>{alert.caseId}</small>
      </td>
      <td>
        <span>{alert.ruleName}</span>
        <small>{alert.ruleId}</small>
      </td>
      <td className="cell-reason">{alert.reason}</td>
      <td className="cell-limit">
        <span>{alert.dueText}</span>
      </td>
      <td>
        <span className={`state state-${alert.state}`}>{alert.stateText}</span>
        {moved.has(alertId) && <small>{t('inbox.moved')}</small>}
      </td>
    </tr>
  );
}
