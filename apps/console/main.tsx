import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { App, ConfigProvider } from 'antd';
import enUS from 'antd/locale/en_US';
import zhCN from 'antd/locale/zh_CN';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { RouterProvider } from 'react-router';
import { ApiError } from './api/client.js';
import { startLanguage } from './frame/language.js';
import { useDark, useStillness } from './frame/media.js';
import { router } from './frame/routes.js';
import { useSettings } from './frame/settings.js';
import { themeOf } from './frame/theme.js';
import './frame/console.css';

const queries = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 5_000,
      refetchOnWindowFocus: false,
      // What the server refuses it would refuse again; what it could not be asked is asked again.
      retry: (count, error) =>
        count < 2 && error instanceof ApiError && (error.status === 0 || error.status === 503),
    },
  },
});

const nonce = document.querySelector<HTMLMetaElement>('meta[name="csp-nonce"]')?.content ?? '';

function Console() {
  const { language } = useSettings();
  const dark = useDark();
  const still = useStillness();
  document.documentElement.dataset.theme = dark ? 'dark' : 'light';
  return (
    <ConfigProvider
      locale={language === 'en' ? enUS : zhCN}
      theme={themeOf(dark, still)}
      csp={{ nonce }}
      button={{ autoInsertSpace: false }}
    >
      <App>
        <RouterProvider router={router} />
      </App>
    </ConfigProvider>
  );
}

const place = document.getElementById('console');
if (place === null) throw new Error('index.html has no element #console');
await startLanguage();
createRoot(place).render(
  <StrictMode>
    <QueryClientProvider client={queries}>
      <Console />
    </QueryClientProvider>
  </StrictMode>,
);
