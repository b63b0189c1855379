import dayjs from 'dayjs';
import timezone from 'dayjs/plugin/timezone.js';
import utc from 'dayjs/plugin/utc.js';

dayjs.extend(utc);
dayjs.extend(timezone);

/** Whatever the clock of the reader's machine: matters are judged in the time of the city. */
const ZONE = 'Asia/Shanghai';

export function localTime(instant: string, withSeconds = false): string {
  return dayjs(instant)
    .tz(ZONE)
    .format(withSeconds ? 'YYYY-MM-DD HH:mm:ss' : 'YYYY-MM-DD HH:mm');
}

/** An instant in the time of the city, exact to the second on request of the pointer. */
export function Time({ at }: { readonly at: string }) {
  return (
    <time dateTime={at} title={`${localTime(at, true)} (UTC+08:00)`} className="time">
      {localTime(at)}
    </time>
  );
}
