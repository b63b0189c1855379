import { useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import { onAlertSaid } from '../alerts/alert-stream.js';
import type { Schemas } from '../api/client.js';

/** Asks for the case again when one of its alerts changes. */
export function useCaseNews(found: Schemas['CaseDto'] | undefined): void {
  const queries = useQueryClient();
  useEffect(() => {
    const own = new Set(
      (found?.rules ?? []).flatMap(({ findings }) => findings.map(({ alertId }) => alertId)),
    );
    return onAlertSaid((said) => {
      if (own.has(said.alertId)) void queries.invalidateQueries({ queryKey: ['case'] });
    });
  }, [found, queries]);
}
