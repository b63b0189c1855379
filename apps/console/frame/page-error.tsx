import { Button, Result } from 'antd';
import { useTranslation } from 'react-i18next';
import { useRouteError } from 'react-router';

/** A page that could not be loaded or drawn; the others still can. */
export function PageError() {
  const { t } = useTranslation();
  const error = useRouteError();
  return (
    <Result
      status="error"
      title={<h1>{t('page-error.title')}</h1>}
      subTitle={error instanceof Error ? error.message : String(error)}
      extra={<Button onClick={() => location.reload()}>{t('state.retry')}</Button>}
    />
  );
}
