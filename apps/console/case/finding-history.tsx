import { useTranslation } from 'react-i18next';
import type { Schemas } from '../api/client.js';
import { langOf } from '../parts/data-text.js';
import { Time } from '../parts/instant.js';

type FindingChange = Schemas['FindingChangeDto'];

/** What became of findings, with the reason as it stood then. */
export function FindingHistory({
  changes,
  withRule,
}: {
  readonly changes: readonly FindingChange[];
  readonly withRule: boolean;
}) {
  const { t } = useTranslation();
  if (changes.length === 0) return <p className="soft">{t('case.findings.none')}</p>;
  return (
    <ol className="changes">
      {changes.map((change) => (
        <li key={`${change.findingId} ${change.changeNo}`} className={`change-${change.kind}`}>
          <p>
            <b>{change.kindText}</b> <Level level={change.level} />{' '}
            {withRule && <span>{change.ruleId} </span>}
            <Time at={change.at} />{' '}
            <small>
              {t('case.findings.saved')} <Time at={change.savedAt} />
            </small>
          </p>
          <p className="soft" lang={langOf(change.reason)}>
            {change.reason}
          </p>
        </li>
      ))}
    </ol>
  );
}

function Level({ level }: { readonly level: string }) {
  const { t } = useTranslation();
  return <span>{t(`level.${level}`)}</span>;
}
