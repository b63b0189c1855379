import { Button, Drawer, Dropdown, Layout } from 'antd';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, NavLink, Outlet, ScrollRestoration, useNavigate, useNavigation } from 'react-router';
import { changeSettings, useSettings } from './settings.js';
import { ShortcutSheet } from './shortcut-sheet.js';
import { useShortcuts } from './shortcuts.js';

const PAGES = [
  { path: '/alerts', text: 'nav.alerts' },
  { path: '/cases', text: 'nav.cases' },
  { path: '/dashboard', text: 'nav.situation' },
  { path: '/data-quality', text: 'nav.coverage' },
] as const;

/** The frame of every page: what there is, where one is, language and appearance. */
export function Shell() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const busy = useNavigation().state !== 'idle';
  const [help, setHelp] = useState(false);
  useShortcuts({
    '?': () => setHelp((shown) => !shown),
    'g a': () => navigate('/alerts'),
    'g d': () => navigate('/dashboard'),
    'g q': () => navigate('/data-quality'),
  });
  return (
    <Layout className="shell">
      <a className="skip" href="#page">
        {t('nav.skip')}
      </a>
      <Layout.Header className="shell-head">
        <Link to="/alerts" className="shell-name">
          <b>{t('product.short')}</b>
          <span>{t('product.name')}</span>
        </Link>
        <nav aria-label={t('nav.pages')} className="shell-pages">
          {PAGES.map(({ path, text }) => (
            <NavLink key={path} to={path}>
              {t(text)}
            </NavLink>
          ))}
        </nav>
        <Choices onHelp={() => setHelp(true)} />
      </Layout.Header>
      <main id="page" className="page" tabIndex={-1} aria-busy={busy}>
        <Outlet />
      </main>
      <footer className="shell-foot">{t('product.disclaimer')}</footer>
      {/* Without a mask: what locks the page behind one writes styles that the content policy refuses. */}
      <Drawer
        title={t('help.title')}
        open={help}
        onClose={() => setHelp(false)}
        size={420}
        mask={false}
      >
        <ShortcutSheet />
      </Drawer>
      <ScrollRestoration />
    </Layout>
  );
}

function Choices({ onHelp }: { readonly onHelp: () => void }) {
  const { t } = useTranslation();
  const { language, appearance } = useSettings();
  const appearances = (['system', 'light', 'dark'] as const).map((key) => ({
    key,
    label: t(`appearance.${key}`),
    onClick: () => changeSettings({ appearance: key }),
  }));
  return (
    <div className="shell-choices">
      <Button ghost size="small" onClick={onHelp} aria-label={t('help.title')}>
        ?
      </Button>
      <Dropdown menu={{ items: appearances, selectedKeys: [appearance] }} trigger={['click']}>
        <Button ghost size="small">
          {t('appearance.title')}
        </Button>
      </Dropdown>
      <Button
        ghost
        size="small"
        lang={language === 'zh' ? 'en' : 'zh-CN'}
        onClick={() => changeSettings({ language: language === 'zh' ? 'en' : 'zh' })}
      >
        {language === 'zh' ? 'English' : '中文'}
      </Button>
    </div>
  );
}
