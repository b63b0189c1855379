import type { Instant } from '../event/event.js';

/** China has had one time since 1991 without summer time: UTC+08:00. */
export const CHINA_OFFSET_MS = 8 * 3_600_000;

/** Date and time of China: '2026-09-10T09:30:05.123'. Throws RangeError for what is no instant. */
export function chinaTime(at: Instant): string {
  return new Date(at + CHINA_OFFSET_MS).toISOString().slice(0, -1);
}
