import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { langOf } from '../parts/data-text.js';
import { TableRoom } from '../parts/table-room.js';
import { listLink } from './list-link.js';
import type { Situation } from './situation-page.js';

/** From which number on a cell stands out; smaller ones are plain, since they say little. */
const NOTABLE = 5;
const MANY = 20;

function classOf(count: number): string {
  if (count >= MANY) return 'is-many';
  return count >= NOTABLE ? 'is-notable' : '';
}

/** Rules by agency: how often each was broken in the period. Each number opens its alerts. */
export function RuleMatrix({ situation }: { readonly situation: Situation }) {
  const { t } = useTranslation();
  const { matrix, query, from, today } = situation;
  const counts = new Map(
    matrix.cells.map(({ ruleId, unitCode, count }) => [`${ruleId} ${unitCode}`, count]),
  );
  const link = (ruleId: string, unit: string) =>
    listLink('alerts', { ...query, rule: ruleId, unit });
  return (
    <section className="card" aria-labelledby="rule-matrix">
      <header className="card-head">
        <h2 id="rule-matrix">{t('situation.matrix')}</h2>
        <small>{t('situation.matrix-text', { from, today, total: matrix.total })}</small>
      </header>
      <TableRoom label={t('situation.matrix')}>
        <table className="matrix">
          <caption className="unseen">{t('situation.matrix-caption')}</caption>
          <thead>
            <tr>
              <th scope="col">{t('column.rule')}</th>
              <th scope="col">{t('situation.sum')}</th>
              {matrix.units.map(({ unitCode, unitName }) => (
                <th key={unitCode} scope="col" lang={langOf(unitName)}>
                  {unitName}
                </th>
              ))}
            </tr>
            <tr>
              <th scope="row">{t('situation.sum')}</th>
              <td className="is-sum">{matrix.total}</td>
              {matrix.units.map(({ unitCode, unitName, count }) => (
                <td key={unitCode} className="is-sum">
                  <Link
                    to={listLink('alerts', { ...query, unit: unitCode })}
                    lang={langOf(unitName)}
                    aria-label={t('situation.unit-sum', { count, unit: unitName })}
                  >
                    {count}
                  </Link>
                </td>
              ))}
            </tr>
          </thead>
          <tbody>
            {matrix.rules.map(({ ruleId, ruleName, count: ofRule }) => (
              <tr key={ruleId}>
                <th scope="row">
                  <small>{ruleId}</small> {ruleName}
                </th>
                <td className="is-sum">
                  <Link
                    to={listLink('alerts', { ...query, rule: ruleId })}
                    aria-label={t('situation.rule-sum', { count: ofRule, rule: ruleName })}
                  >
                    {ofRule}
                  </Link>
                </td>
                {matrix.units.map(({ unitCode, unitName }) => {
                  const count = counts.get(`${ruleId} ${unitCode}`) ?? 0;
                  return (
                    <td key={unitCode} className={classOf(count)}>
                      {count > 0 && (
                        <Link
                          to={link(ruleId, unitCode)}
                          lang={langOf(unitName)}
                          aria-label={t('situation.cell', {
                            count,
                            rule: ruleName,
                            unit: unitName,
                          })}
                        >
                          {count}
                        </Link>
                      )}
                    </td>
                  );
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </TableRoom>
    </section>
  );
}
