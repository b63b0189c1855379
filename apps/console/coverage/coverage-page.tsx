import { Tabs } from 'antd';
import { useTranslation } from 'react-i18next';
import { useSearchParams } from 'react-router';
import { useTitle } from '../frame/title.js';
import { Notices } from '../parts/banners.js';
import './coverage.css';
import { QuarantineList } from './quarantine-list.js';
import { SourceList } from './source-list.js';

const TABS = ['sources', 'quarantine'] as const;

/** Data quality 数据质量: what is known of each source, and the records that broke the contract. */
export function CoveragePage() {
  const { t } = useTranslation();
  const [address, setAddress] = useSearchParams();
  const tab = TABS.find((name) => name === address.get('tab')) ?? 'sources';
  useTitle(t('nav.coverage'));
  return (
    <>
      <Notices />
      <header className="page-head">
        <h1>{t('nav.coverage')}</h1>
      </header>
      <Tabs
        activeKey={tab}
        // Filters of one list mean nothing to the other.
        onChange={(next) => setAddress(next === 'sources' ? {} : { tab: next })}
        destroyOnHidden
        items={[
          { key: 'sources', label: t('coverage.sources'), children: <SourceList /> },
          { key: 'quarantine', label: t('coverage.quarantine'), children: <QuarantineList /> },
        ]}
      />
    </>
  );
}
