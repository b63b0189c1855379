import { Alert, Button, Empty, Skeleton } from 'antd';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { ApiError } from '../api/client.js';

/** While nothing is known yet. */
export function Loading({ rows = 6 }: { readonly rows?: number }) {
  const { t } = useTranslation();
  return (
    <div role="status" aria-label={t('state.loading')}>
      <Skeleton active paragraph={{ rows }} />
    </div>
  );
}

/** What failed, by which request, and the way to try again. */
export function Failed({
  error,
  onRetry,
}: {
  readonly error: unknown;
  readonly onRetry: () => void;
}) {
  const { t } = useTranslation();
  const known = error instanceof ApiError ? error : null;
  const unreachable = known !== null && known.status === 0;
  const told = unreachable || known === null || known.message === '' ? null : known.message;
  return (
    <Alert
      type="error"
      showIcon
      title={unreachable ? t('state.unreachable') : t('state.failed')}
      description={
        <div className="failed">
          {told !== null && <p>{told}</p>}
          <p>
            {known !== null && !unreachable && (
              <span>
                {t('state.code')} <code>{known.code}</code>{' '}
              </span>
            )}
            {known?.requestId != null && (
              <span>
                {t('state.request')} <code>{known.requestId}</code>
              </span>
            )}
          </p>
          <Button onClick={onRetry}>{t('state.retry')}</Button>
        </div>
      }
    />
  );
}

/** Nothing to show, and why. */
export function Nothing({
  title,
  text,
  action,
}: {
  readonly title: string;
  readonly text?: string;
  readonly action?: ReactNode;
}) {
  return (
    <Empty
      image={Empty.PRESENTED_IMAGE_SIMPLE}
      description={
        <div className="nothing">
          <b>{title}</b>
          {text !== undefined && <p>{text}</p>}
        </div>
      }
    >
      {action}
    </Empty>
  );
}
