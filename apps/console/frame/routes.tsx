import { createBrowserRouter, redirect } from 'react-router';
import { Loading } from '../parts/states.js';
import { NotFound } from './not-found.js';
import { PageError } from './page-error.js';
import { Shell } from './shell.js';

/** Every page, loaded when it is first opened. Addresses carry all that a page shows: filters, order, selected row. */
export const router = createBrowserRouter([
  {
    element: <Shell />,
    errorElement: <PageError />,
    hydrateFallbackElement: <Loading rows={10} />,
    children: [
      { path: '/', loader: () => redirect('/alerts') },
      {
        path: '/alerts',
        lazy: async () => ({ Component: (await import('../alerts/inbox-page.js')).InboxPage }),
      },
      {
        path: '/alerts/:alertId',
        lazy: async () => ({ Component: (await import('../alert/alert-page.js')).AlertPage }),
      },
      {
        path: '/cases',
        lazy: async () => ({ Component: (await import('../cases/cases-page.js')).CasesPage }),
      },
      {
        path: '/cases/:caseId',
        lazy: async () => ({ Component: (await import('../case/case-page.js')).CasePage }),
      },
      {
        path: '/data-quality',
        lazy: async () => ({
          Component: (await import('../coverage/coverage-page.js')).CoveragePage,
        }),
      },
      {
        path: '/dashboard',
        lazy: async () => ({
          Component: (await import('../situation/situation-page.js')).SituationPage,
        }),
      },
      { path: '*', Component: NotFound },
    ],
  },
]);
