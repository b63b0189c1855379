import { useTranslation } from 'react-i18next';
import { useStreamState } from './alert-stream.js';

/** Whether the list is alive. */
export function StreamMark() {
  const { t } = useTranslation();
  const { line } = useStreamState();
  return (
    <span className={`line line-${line}`} role="status">
      <i aria-hidden="true" />
      {t(`line.${line}`)}
    </span>
  );
}
