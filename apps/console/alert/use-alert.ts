import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { onAlertSaid } from '../alerts/alert-stream.js';
import { answered, api, type Schemas } from '../api/client.js';
import { useSettings } from '../frame/settings.js';

export type AlertDetail = Schemas['AlertDetailDto'];
export type AlertChange = Schemas['AlertEventDto'];
export type CaseDetail = Schemas['CaseDto'];

export function useCase(caseId: string | null) {
  const { language } = useSettings();
  return useQuery({
    queryKey: ['case', language, caseId],
    enabled: caseId !== null,
    queryFn: () =>
      answered(api.GET('/v1/cases/{caseId}', { params: { path: { caseId: caseId ?? '' } } })),
  });
}

/** An alert, asked for again when the stream says that it changed. */
export function useAlert(alertId: string) {
  const { language } = useSettings();
  const queries = useQueryClient();
  const detail = useQuery({
    queryKey: ['alert', language, alertId],
    queryFn: () => answered(api.GET('/v1/alerts/{alertId}', { params: { path: { alertId } } })),
  });
  useEffect(
    () =>
      onAlertSaid((said) => {
        if (said.alertId !== alertId) return;
        void queries.invalidateQueries({ queryKey: ['alert'] });
        void queries.invalidateQueries({ queryKey: ['case'] });
      }),
    [alertId, queries],
  );
  return detail;
}

/** What happened to the alert since its page was opened. */
export function useChangesSeen(detail: AlertDetail | undefined) {
  const seen = useRef<{ readonly alertId: string; readonly eventNo: number } | null>(null);
  const [changes, setChanges] = useState<readonly AlertChange[]>([]);
  useEffect(() => {
    if (detail === undefined) return;
    const { alertId } = detail.alert;
    const last = Math.max(0, ...detail.history.map(({ eventNo }) => eventNo));
    if (seen.current?.alertId !== alertId) {
      seen.current = { alertId, eventNo: last };
      setChanges([]);
      return;
    }
    const known = seen.current.eventNo;
    setChanges(detail.history.filter(({ eventNo }) => eventNo > known));
  }, [detail]);
  return {
    changes,
    dismiss: () => {
      const eventNo = Math.max(0, ...changes.map((change) => change.eventNo));
      if (seen.current !== null) seen.current = { ...seen.current, eventNo };
      setChanges([]);
    },
  };
}

/** The rule's text in Chinese where the page is in English: it is what applies. */
export function useChineseRule(alertId: string) {
  const { language } = useSettings();
  return useQuery({
    queryKey: ['alert-rule', alertId],
    enabled: language === 'en',
    staleTime: Number.POSITIVE_INFINITY,
    queryFn: async () => {
      const response = await fetch(`/v1/alerts/${encodeURIComponent(alertId)}`, {
        headers: { 'accept-language': 'zh' },
      });
      if (!response.ok) throw new Error(String(response.status));
      return ((await response.json()) as AlertDetail).rule;
    },
  });
}
