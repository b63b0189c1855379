import { Alert, Button } from 'antd';
import { useTranslation } from 'react-i18next';
import { localTime } from '../parts/instant.js';
import type { AlertChange, AlertDetail } from './use-alert.js';

/** Plain words at the top where the alert no longer stands, or does not stand yet. */
export function StateBanner({ detail }: { readonly detail: AlertDetail }) {
  const { t } = useTranslation();
  const { alert, history } = detail;
  const kind = alert.retracted ? 'retracted' : alert.held ? 'held' : alert.ended ? 'ended' : null;
  if (kind === null) return null;
  const event = history.filter((one) => one.kind === kind).at(-1);
  const why = event?.reasonText ?? event?.reason ?? null;
  // An end is dated when the condition was over; the others when people were told.
  const at = kind === 'ended' ? event?.at : event?.savedAt;
  return (
    <Alert
      type={kind === 'retracted' ? 'warning' : 'info'}
      showIcon
      className={`state-banner banner-${kind}`}
      title={
        <>
          <b>{t(`alert.banner.${kind}`, { at: at === undefined ? '—' : localTime(at) })}</b>{' '}
          {why === null ? t(`alert.banner.${kind}-text`) : t('alert.banner.why', { why })}
        </>
      }
    />
  );
}

/** Says what changed while the page was open. */
export function ChangeBar({
  changes,
  onDismiss,
}: {
  readonly changes: readonly AlertChange[];
  readonly onDismiss: () => void;
}) {
  const { t } = useTranslation();
  return (
    <div aria-live="polite" className="change-bar">
      {changes.length > 0 && (
        <p>
          <b>{t('alert.changed')}</b>{' '}
          {changes
            .map((change) => {
              const why = change.reasonText ?? change.reason;
              const what = `${localTime(change.savedAt, true)} ${change.kindText}`;
              return why === null ? what : `${what} (${why})`;
            })
            .join('; ')}{' '}
          <Button size="small" onClick={onDismiss}>
            {t('alert.seen')}
          </Button>
        </p>
      )}
    </div>
  );
}
