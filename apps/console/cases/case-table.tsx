import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import type { Schemas } from '../api/client.js';
import { DataText, langOf } from '../parts/data-text.js';
import { Time } from '../parts/instant.js';
import { isOnLink } from '../parts/row-click.js';
import { TableRoom } from '../parts/table-room.js';

type CaseRow = Schemas['CaseRowDto'];

export const caseLink = (caseId: string) => `/cases/${encodeURIComponent(caseId)}`;

const COLUMNS = ['case', 'item', 'agency', 'state', 'alerts', 'as-of', 'next'] as const;

interface CaseTableProps {
  readonly rows: readonly CaseRow[];
  /** Case of the selected row; empty: none. */
  readonly row: string;
  readonly onRow: (caseId: string) => void;
}

export function CaseTable({ rows, row, onRow }: CaseTableProps) {
  const { t } = useTranslation();
  const body = useRef<HTMLTableSectionElement>(null);
  useEffect(() => {
    if (row === '') return;
    body.current
      ?.querySelector(`[data-case="${CSS.escape(row)}"]`)
      ?.scrollIntoView({ block: 'nearest' });
  }, [row]);
  return (
    <TableRoom label={t('nav.cases')}>
      <table className="alerts">
        <caption className="unseen">{t('cases.caption', { count: rows.length })}</caption>
        <thead>
          <tr>
            {COLUMNS.map((name) => (
              <th key={name} scope="col">
                {t(`cases.column.${name}`)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody ref={body}>
          {rows.map((one) => (
            // Keys do the same for the whole list (j, k, Enter); the row is a larger target for the pointer only.
            <tr
              key={one.caseId}
              data-case={one.caseId}
              aria-current={one.caseId === row ? 'true' : undefined}
              onClick={(event) => !isOnLink(event) && onRow(one.caseId)}
            >
              <CaseCells one={one} />
            </tr>
          ))}
        </tbody>
      </table>
    </TableRoom>
  );
}

function CaseCells({ one }: { readonly one: CaseRow }) {
  const { t } = useTranslation();
  return (
    <>
      <td className="cell-number">
        <Link to={caseLink(one.caseId)}>{one.caseId}</Link>
      </td>
      <td>
        <DataText text={one.itemName ?? one.itemCode ?? '—'} />
        {one.itemName !== null && <small>{one.itemCode}</small>}
      </td>
      <td>
        <DataText text={one.agencyName} />
        <small lang={langOf(one.regionName)}>{one.regionName}</small>
      </td>
      <td>
        <span className="state">{one.openText}</span>
      </td>
      <td className="cell-count">
        {one.alerts === 0 ? (
          0
        ) : (
          <Link
            to={`/alerts?${new URLSearchParams({ case: one.caseId })}`}
            aria-label={t('cases.alerts-of', { count: one.alerts, case: one.caseId })}
          >
            {one.alerts}
          </Link>
        )}
      </td>
      <td>
        <Time at={one.asOf} />
      </td>
      <td>{one.nextDueAt === null ? '—' : <Time at={one.nextDueAt} />}</td>
    </>
  );
}
