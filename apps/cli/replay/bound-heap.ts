import { setFlagsFromString } from 'node:v8';

/** Room for young objects of a thread that starts from now on, MB: half of what scavenging works with. */
export const YOUNG_SPACE_MB = 4;

/**
 * Lets the heap grow by a third beyond what is live instead of several times that, before it is collected: a log is read,
 * sorted and judged with a small part of it in memory at a time, and the rest of the heap would be waste that waits. No
 * limit: a case that is larger than all that is still judged. Young objects are collected by the thread that made them:
 * there are few to keep, and waking others takes longer than that. Threads that start later have the same bounds.
 */
export function boundHeap(): void {
  setFlagsFromString('--heap-growing-percent=30');
  setFlagsFromString('--semi-space-growth-factor=1');
  setFlagsFromString(`--min-semi-space-size=${YOUNG_SPACE_MB}`);
  setFlagsFromString('--no-parallel-scavenge');
}
