import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { useStreamState } from '../alerts/alert-stream.js';
import { answered, api } from '../api/client.js';
import { useSettings } from '../frame/settings.js';
import { localTime } from './instant.js';

export function useCoverage() {
  const { language } = useSettings();
  return useQuery({
    queryKey: ['coverage', language],
    queryFn: () => answered(api.GET('/v1/coverage')),
    refetchInterval: 30_000,
  });
}

export function useSituation() {
  const { language } = useSettings();
  return useQuery({
    queryKey: ['situation', language],
    queryFn: () => answered(api.GET('/v1/situation')),
    refetchInterval: 30_000,
  });
}

/**
 * What has to be known of everything below: a lost line, sources that are silent, findings that are held; else through
 * when the sources were evaluated. Its room is there from the first, so that nothing under it moves when it speaks.
 */
export function Notices() {
  return (
    <div className="notices" role="status">
      <LineNotice />
      <SourceNotice />
      <HeldNotice />
    </div>
  );
}

function Notice({
  kind,
  children,
}: {
  readonly kind: 'amber' | 'plain';
  readonly children: ReactNode;
}) {
  return <p className={`notice notice-${kind}`}>{children}</p>;
}

/** The line to the server is lost: what is shown may be out of date, and since when. */
function LineNotice() {
  const { t } = useTranslation();
  const { line, heardAt } = useStreamState();
  if (line !== 'lost') return null;
  const at = heardAt === null ? null : localTime(new Date(heardAt).toISOString(), true);
  return (
    <Notice kind="amber">{at === null ? t('line.never') : t('line.lost-since', { at })}</Notice>
  );
}

/** Sources with open gaps, or never heard: an absence that they alone could tell of is not told. */
function SourceNotice() {
  const { t } = useTranslation();
  const { data } = useCoverage();
  const { data: situation } = useSituation();
  const silent = (data?.items ?? []).filter(
    ({ gaps, evaluatedThrough, named }) => gaps.length > 0 || (evaluatedThrough === null && named),
  );
  if (silent.length === 0)
    return situation === undefined ? null : <Notice kind="plain">{situation.coverageText}</Notice>;
  return (
    <Notice kind="amber">
      {t('source.silent', { count: silent.length })}{' '}
      <span lang="zh-CN">
        {silent
          .slice(0, 3)
          .map(({ source }) => source)
          .join(', ')}
      </span>{' '}
      <Link to="/data-quality">{t('source.open')}</Link>
    </Notice>
  );
}

/** Findings that wait for the coverage of their sources: they are no alerts yet, and are listed apart. */
function HeldNotice() {
  const { t } = useTranslation();
  const { data } = useSituation();
  const held = data?.held ?? 0;
  if (held === 0) return null;
  return (
    <Notice kind="plain">
      {t('held.banner', { count: held })} <Link to="/alerts?held=true">{t('held.open')}</Link>
    </Notice>
  );
}
