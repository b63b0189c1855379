import { Result } from 'antd';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { useTitle } from './title.js';

export function NotFound() {
  const { t } = useTranslation();
  useTitle(t('not-found.title'));
  return (
    <Result
      status="404"
      title={<h1>{t('not-found.title')}</h1>}
      subTitle={t('not-found.text')}
      extra={<Link to="/alerts">{t('not-found.back')}</Link>}
    />
  );
}
